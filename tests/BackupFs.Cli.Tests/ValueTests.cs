using BackupFs.Cli.Listing;
using BackupFs.Cli.Parsing;
using Xunit;

namespace BackupFs.Cli.Tests;

public class ValueTests
{
    [Theory]
    [InlineData("mout", "mount")]
    [InlineData("umnt", "umount")]
    [InlineData("statsu", "status")]
    [InlineData("veri", "verify")]
    [InlineData("xyzzy", null)]
    public void Near_misses_are_found(string word, string? meant) =>
        Assert.Equal(meant, Suggestion.For(word, ["mount", "unmount", "umount", "status", "verify"]));

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Distances_count_edits_and_swaps(string left, string right, int distance) => Assert.Equal(distance, Suggestion.Distance(left, right));

    [Theory]
    [InlineData(500, "500ms")]
    [InlineData(1_500, "1500ms")]
    [InlineData(30_000, "30s")]
    [InlineData(90_000, "90s")]
    [InlineData(3_600_000, "1h")]
    public void Durations_are_written_as_they_are_read(int milliseconds, string text)
    {
        var duration = TimeSpan.FromMilliseconds(milliseconds);
        Assert.Equal(text, Duration.Format(duration));
        Assert.True(Duration.TryParse(text, out var parsed));
        Assert.Equal(duration, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5")]
    [InlineData("5 s")]
    [InlineData("+5s")]
    [InlineData("5S")]
    [InlineData("1e3s")]
    public void Other_durations_are_refused(string text) => Assert.False(Duration.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(1048575, "1.0 MiB")]
    [InlineData(long.MaxValue, "8.0 EiB")]
    public void Sizes_are_written_for_people(long bytes, string text) => Assert.Equal(text, ByteCount.Format(bytes));
}
