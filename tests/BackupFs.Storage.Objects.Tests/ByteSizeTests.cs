namespace BackupFs.Storage.Objects.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("1GiB", 1L << 30)]
    [InlineData("1.5gib", 3L << 29)]
    [InlineData("500MB", 500_000_000)]
    [InlineData("104857600", 104_857_600)]
    [InlineData("104857600B", 104_857_600)]
    public void Sizes_are_read(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1MiB")]
    [InlineData("MiB")]
    [InlineData("1 MiB")]
    [InlineData("1.5")]
    [InlineData("9000000TiB")]
    [InlineData("1M")]
    public void Other_sizes_are_refused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(1, "1")]
    [InlineData(1_000_000, "1000000")]
    [InlineData(1_000_000_000_000, "976562500KiB")]
    [InlineData(3 << 9, "1536")]
    [InlineData(3 << 19, "1536KiB")]
    [InlineData(64 << 20, "64MiB")]
    [InlineData(5L << 40, "5TiB")]
    public void Sizes_are_written_as_they_are_read(long bytes, string text)
    {
        Assert.Equal(text, ByteSize.Format(bytes));
        Assert.True(ByteSize.TryParse(text, out var read));
        Assert.Equal(bytes, read);
    }
}
