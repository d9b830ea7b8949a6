using BackupFs.WinFsp.Driver;
using BackupFs.WinFsp.Tests.Memory;
using CsCheck;

namespace BackupFs.WinFsp.Tests.Serving;

public class DirectoryTests
{
    private const int RoomForOne = 104 + (255 * 2) + 8;
    private readonly MemoryOperations _operations = new();

    [Fact]
    public async Task The_root_has_no_dots_and_others_begin_with_them()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.CreateDirectory(@"\d");
        volume.WriteAllBytes(@"\d\!", "x"u8); // sorts before the dots
        volume.WriteAllBytes(@"\d\z", "x"u8);
        using DriverFile root = volume.OpenDirectory(@"\");
        Assert.Equal(["d"], root.List().Select(entry => entry.Name));
        using DriverFile directory = volume.OpenDirectory(@"\d");
        Assert.Equal([".", "..", "!", "z"], directory.List().Select(entry => entry.Name));
        Assert.Equal(1UL, directory.List()[^1].Info.FileSize);
    }

    [Fact]
    public async Task An_empty_directory_ends_at_once()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        using DriverFile root = volume.OpenDirectory(@"\");
        (IReadOnlyList<WinFspDirectoryEntry> entries, bool end) = root.ListPiece(null, 100);
        Assert.Equal((0, true), (entries.Count, end));
    }

    [Fact]
    public async Task Every_entry_comes_once_whatever_the_size_of_the_buffer()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.CreateDirectory(@"\d");
        List<string> names = [.. Enumerable.Range(0, 400).Select(number => $"{new string('n', number % 97)}{number}")];
        names.ForEach(name => volume.CreateFile($@"\d\{name}").Dispose());
        string[] expected = [".", "..", .. names.Order(StringComparer.Ordinal)];
        Gen.Int[RoomForOne, 5000].Sample(
            length =>
            {
                using DriverFile directory = volume.OpenDirectory(@"\d");
                Assert.Equal(expected, directory.List(length).Select(entry => entry.Name));
            },
            iter: 40,
            threads: 1);
    }

    [Fact]
    public async Task The_end_is_told_once_more_when_it_does_not_fit()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.CreateFile(@"\abcd").Dispose(); // 112 bytes
        using DriverFile root = volume.OpenDirectory(@"\");
        (IReadOnlyList<WinFspDirectoryEntry> entries, bool end) = root.ListPiece(null, 112);
        Assert.Equal((1, false), (entries.Count, end));
        (entries, end) = root.ListPiece("abcd", 112);
        Assert.Equal((0, true), (entries.Count, end));
        (entries, end) = root.ListPiece(null, 114);
        Assert.Equal((1, true), (entries.Count, end));
        (entries, end) = root.ListPiece(null, 111);
        Assert.Equal((0, false), (entries.Count, end));
    }

    [Fact]
    public async Task Listing_goes_on_after_an_entry_that_was_deleted()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        foreach (string name in (string[])["a", "b", "c", "d"])
        {
            volume.CreateFile($@"\{name}").Dispose();
        }

        using DriverFile root = volume.OpenDirectory(@"\");
        IReadOnlyList<WinFspDirectoryEntry> first = root.ListPiece(null, 2 * 112).Entries;
        Assert.Equal(["a", "b"], first.Select(entry => entry.Name));
        volume.Delete(@"\b");
        volume.Delete(@"\c");
        volume.CreateFile(@"\bb").Dispose();
        // The program goes on with what it began to read; it sees changes when it starts anew.
        Assert.Equal(["c", "d"], root.ListPiece("b", 1000).Entries.Select(entry => entry.Name));
        Assert.Equal(["a", "bb", "d"], root.List().Select(entry => entry.Name));
    }

    [Fact]
    public async Task A_marker_that_never_was_an_entry_is_a_place_in_the_order()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.CreateFile(@"\a").Dispose();
        volume.CreateFile(@"\c").Dispose();
        using DriverFile root = volume.OpenDirectory(@"\");
        Assert.Equal(["c"], root.ListPiece("b", 1000).Entries.Select(entry => entry.Name));
        Assert.Empty(root.ListPiece("d", 1000).Entries);
    }

    [Fact]
    public async Task The_file_system_is_asked_once_for_each_listing()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        Enumerable.Range(0, 20).ToList().ForEach(number => volume.CreateFile($@"\{number}").Dispose());
        using DriverFile root = volume.OpenDirectory(@"\");
        root.List(RoomForOne);
        Assert.Equal(1, _operations.Calls.Count(call => call == "ReadDirectory"));
        root.List(RoomForOne);
        Assert.Equal(2, _operations.Calls.Count(call => call == "ReadDirectory"));
    }

    [Fact]
    public async Task Two_opens_of_a_directory_are_listed_independently()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.CreateFile(@"\a").Dispose();
        using DriverFile first = volume.OpenDirectory(@"\");
        first.ListPiece(null, 112);
        volume.CreateFile(@"\b").Dispose();
        using DriverFile second = volume.OpenDirectory(@"\");
        Assert.Equal(["a", "b"], second.List().Select(entry => entry.Name));
        Assert.Empty(first.ListPiece("a", 1000).Entries);
    }

    [Fact]
    public async Task The_pattern_is_passed_when_that_is_wanted()
    {
        await using (DriverVolume volume = await DriverVolume.MountAsync(_operations))
        {
            using DriverFile root = volume.OpenDirectory(@"\");
            root.List(pattern: "*.txt");
            Assert.Null(_operations.LastPattern);
        }

        await using DriverVolume passing = await DriverVolume.MountAsync(_operations, new WinFspVolumeOptions { PassPattern = true });
        using DriverFile directory = passing.OpenDirectory(@"\");
        directory.List(pattern: "*.txt");
        Assert.Equal("*.txt", _operations.LastPattern);
    }

    [Fact]
    public async Task One_entry_is_found_by_its_name()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        string longest = new('n', 255);
        volume.WriteAllBytes(@"\Name", "x"u8);
        volume.WriteAllBytes($@"\{longest}", "xy"u8);
        using DriverFile root = volume.OpenDirectory(@"\");
        Assert.Equal(("Name", 1UL), (root.Find("NAME")!.Value.Name, root.Find("NAME")!.Value.Info.FileSize));
        Assert.Equal((longest, 2UL), (root.Find(longest)!.Value.Name, root.Find(longest)!.Value.Info.FileSize));
        Assert.Null(root.Find("none"));
    }

    [Fact]
    public async Task A_name_that_is_too_long_for_Windows_is_an_error_and_no_overrun()
    {
        var log = new LogLines();
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations, log: log);
        string tooLong = new('n', 256);
        volume.CreateFile($@"\{tooLong}").Dispose();
        using DriverFile root = volume.OpenDirectory(@"\");
        Assert.Equal(NtStatus.UnexpectedIoError, DriverException.StatusOf(() => root.Find(tooLong)));
        Assert.Equal(NtStatus.UnexpectedIoError, DriverException.StatusOf(() => root.List()));
        Assert.Equal(2, log.Lines.Count(line => line.Exception is InvalidOperationException));
    }
}
