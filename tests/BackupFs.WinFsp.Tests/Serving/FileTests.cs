using BackupFs.WinFsp.Driver;
using BackupFs.WinFsp.Tests.Memory;

namespace BackupFs.WinFsp.Tests.Serving;

public class FileTests
{
    private readonly MemoryOperations _operations = new();

    [Fact]
    public async Task A_file_is_created_written_closed_and_read_back()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        DriverFile file = volume.CreateFile(@"\a");
        Assert.True(file.WasCreated);
        Assert.Equal(5, file.Write(0, "hello"u8));
        Assert.Equal(3, file.Write(5, "you"u8));
        Assert.Equal(8UL, file.LastInfo.FileSize);
        file.Cleanup();
        file.Close();

        Assert.Equal("helloyou"u8.ToArray(), volume.ReadAllBytes(@"\a"));
        Assert.Equal(
            ["GetSecurityByName", @"Create \a", "Write", "Write"],
            _operations.Calls.Take(4));
        Assert.Equal(
            @"Cleanup :SetAllocationSize, SetArchiveBit, SetLastAccessTime, SetLastWriteTime, SetChangeTime", _operations.Calls.ElementAt(4));
        Assert.Equal("Close", _operations.Calls.ElementAt(5));
        Assert.Equal(0, volume.Session.OpenFiles);
    }

    [Fact]
    public async Task What_a_create_is_asked_for_arrives()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        byte[] security = BackupFs.WinFsp.Security.SecurityDescriptor.Build(
            BackupFs.WinFsp.Security.Sid.Users, BackupFs.WinFsp.Security.Sid.Users, []);
        var how = new DriverOpen
        {
            Disposition = CreateDisposition.OpenIf,
            Options = CreateOptions.NonDirectory | CreateOptions.WriteThrough,
            Access = FileAccessRights.WriteData | FileAccessRights.Synchronize,
            Desired = FileAccessRights.WriteData | FileAccessRights.MaximumAllowed,
            Attributes = FileAttributes.Hidden,
            SecurityDescriptor = security,
            AllocationSize = 8192,
            ExtendedAttributes = [new("USER.NAME", new byte[] { 1, 2 })],
            ProcessId = 4711,
        };
        using DriverFile file = volume.Create(@"\a", how);

        WinFspCreateRequest request = _operations.LastCreate;
        Assert.Equal(new WinFspOpenRequest(how.Disposition, how.Options, how.Access, 4711, how.Desired.Value), request.Open);
        Assert.Equal((FileAttributes.Hidden, 8192UL, false), (request.Attributes, request.AllocationSize, request.IsDirectory));
        Assert.Equal(security, request.SecurityDescriptor.ToArray());
        WinFspExtendedAttribute attribute = Assert.Single(request.ExtendedAttributes);
        Assert.Equal(("USER.NAME", "0102"), (attribute.Name, Convert.ToHexString(attribute.Value.Span)));
        Assert.Equal(FileAttributes.Hidden | FileAttributes.Archive, file.GetInfo().Attributes);
        Assert.Equal(security, file.GetSecurity());
    }

    [Fact]
    public async Task Each_disposition_does_what_NtCreateFile_says()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        Assert.Equal(NtStatus.ObjectNameNotFound, Try(CreateDisposition.Open));
        Assert.Equal(NtStatus.ObjectNameNotFound, Try(CreateDisposition.Overwrite));
        Assert.Equal(NtStatus.Success, Try(CreateDisposition.OpenIf));
        Assert.Equal(NtStatus.ObjectNameCollision, Try(CreateDisposition.Create));
        volume.WriteAllBytes(@"\a", "x"u8);
        Assert.Equal(NtStatus.Success, Try(CreateDisposition.OpenIf));
        Assert.Single(volume.ReadAllBytes(@"\a"));
        Assert.Equal(NtStatus.Success, Try(CreateDisposition.Overwrite));
        Assert.Empty(volume.ReadAllBytes(@"\a"));
        volume.WriteAllBytes(@"\a", "x"u8);
        Assert.Equal(NtStatus.Success, Try(CreateDisposition.Supersede));
        Assert.Empty(volume.ReadAllBytes(@"\a"));

        NtStatus Try(CreateDisposition disposition) =>
            DriverException.StatusOf(() => volume.Create(@"\a", new DriverOpen { Disposition = disposition }).Dispose());
    }

    [Fact]
    public async Task Kinds_and_paths_that_do_not_fit_are_refused()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.CreateDirectory(@"\d");
        volume.WriteAllBytes(@"\f", "x"u8);
        Assert.Equal(NtStatus.ObjectPathNotFound, DriverException.StatusOf(() => volume.Open(@"\none\f")));
        Assert.Equal(NtStatus.ObjectPathNotFound, DriverException.StatusOf(() => volume.CreateFile(@"\none\f")));
        Assert.Equal(NtStatus.NotADirectory, DriverException.StatusOf(() => volume.CreateFile(@"\f\g")));
        Assert.Equal(NtStatus.NotADirectory, DriverException.StatusOf(() => volume.OpenDirectory(@"\f")));
        Assert.Equal(NtStatus.FileIsADirectory, DriverException.StatusOf(() => volume.CreateFile(@"\d")));
        Assert.Equal(
            NtStatus.FileIsADirectory,
            DriverException.StatusOf(() => volume.Create(@"\d", new DriverOpen { Options = CreateOptions.NonDirectory })));
    }

    [Fact]
    public async Task Overwriting_merges_attributes_and_superseding_replaces_them()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        var hidden = new DriverOpen { Disposition = CreateDisposition.Create, Attributes = FileAttributes.Temporary };
        volume.Create(@"\a", hidden).Dispose();
        var overwrite = new DriverOpen { Disposition = CreateDisposition.Overwrite, Attributes = FileAttributes.Offline };
        using (DriverFile file = volume.Create(@"\a", overwrite))
        {
            Assert.Equal(FileAttributes.Temporary | FileAttributes.Offline | FileAttributes.Archive, file.OpenedInfo.Attributes);
        }

        using (DriverFile file = volume.Create(@"\a", overwrite with { Disposition = CreateDisposition.Supersede }))
        {
            Assert.Equal(FileAttributes.Offline | FileAttributes.Archive, file.OpenedInfo.Attributes);
        }
    }

    [Fact]
    public async Task An_overwrite_that_fails_is_closed_without_cleanup()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.WriteAllBytes(@"\a", "x"u8);
        _operations.Calls.Clear();
        _operations.Refuse["Overwrite"] = NtStatus.MediaWriteProtected;
        Assert.Equal(NtStatus.MediaWriteProtected, DriverException.StatusOf(() => volume.WriteAllBytes(@"\a", "y"u8)));
        Assert.Equal(["GetSecurityByName", @"Open \a", "Overwrite", "Close"], _operations.Calls);
        Assert.Equal(0, volume.Session.OpenFiles);
        Assert.Equal("x"u8.ToArray(), volume.ReadAllBytes(@"\a"));
    }

    [Fact]
    public async Task An_open_that_the_driver_refuses_is_closed_without_cleanup()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        using DriverFile first = volume.Create(@"\a", new DriverOpen { Disposition = CreateDisposition.Create, Share = ShareAccess.None });
        _operations.Calls.Clear();
        Assert.Equal(NtStatus.SharingViolation, DriverException.StatusOf(() => volume.Open(@"\A")));
        Assert.Equal(["GetSecurityByName", @"Open \A", "Close"], _operations.Calls);
        Assert.Equal(1, volume.Session.OpenFiles);
    }

    [Fact]
    public async Task Pages_are_written_after_the_program_closed_its_handle()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations, new WinFspVolumeOptions { FlushAndPurgeOnCleanup = false });
        DriverFile file = volume.CreateFile(@"\a");
        file.SetSize(6);
        file.Cleanup();
        Assert.Equal(6, file.WritePage(0, [.. "mapped"u8, .. new byte[4090]]));
        Assert.Equal(6UL, file.GetInfo().FileSize);
        file.Close();
        Assert.Equal("mapped"u8.ToArray(), volume.ReadAllBytes(@"\a"));
    }

    [Fact]
    public async Task Pages_behind_the_end_are_not_written()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        using DriverFile file = volume.CreateFile(@"\a");
        file.Write(0, "abc"u8);
        Assert.Equal(0, file.WritePage(3, "d"u8));
        Assert.Equal(0, file.WritePage(4096, "d"u8));
        Assert.Equal(2, file.WritePage(1, "xyz"u8));
        Assert.Equal("axy"u8.ToArray(), file.ReadToEnd());
    }

    [Fact]
    public async Task Writing_to_the_end_appends_wherever_the_end_is()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        using DriverFile first = volume.CreateFile(@"\a");
        using DriverFile second = volume.Open(@"\a");
        Assert.Equal(3, first.Append("abc"u8));
        Assert.Equal(2, second.Append("de"u8));
        Assert.Equal(1, first.Append("f"u8));
        Assert.Equal("abcdef"u8.ToArray(), second.ReadToEnd(pieceLength: 4));
    }

    [Fact]
    public async Task Reading_at_the_end_says_so_and_reading_nothing_does_not()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        using DriverFile file = volume.CreateFile(@"\a");
        file.Write(0, "abc"u8);
        Assert.Equal("bc"u8.ToArray(), file.Read(1, 100));
        Assert.Equal(NtStatus.EndOfFile, DriverException.StatusOf(() => file.Read(3, 1)));
        Assert.Equal(NtStatus.EndOfFile, DriverException.StatusOf(() => file.Read(ulong.MaxValue - 5, 1)));
        Assert.Empty(file.Read(3, 0));
    }

    [Fact]
    public async Task Sizes_are_set_and_a_smaller_allocation_truncates()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        using DriverFile file = volume.CreateFile(@"\a");
        Assert.Equal((5000UL, 8192UL), Sizes(file.SetSize(5000)));
        Assert.Equal((5000UL, 65536UL), Sizes(file.SetAllocationSize(65536)));
        Assert.Equal((4096UL, 4096UL), Sizes(file.SetAllocationSize(4096)));
        Assert.Equal((10UL, 4096UL), Sizes(file.SetSize(10)));

        static (ulong, ulong) Sizes(WinFspFileInfo info) => (info.FileSize, info.AllocationSize);
    }

    [Fact]
    public async Task Attributes_and_times_that_are_not_given_stay()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        using DriverFile file = volume.CreateFile(@"\a");
        WinFspTime first = WinFspTime.FromUnix(1_000_000_000, 0);
        WinFspTime second = WinFspTime.FromUnix(1_500_000_000, 0);
        file.SetBasicInfo(new WinFspBasicInfo(FileAttributes.Hidden, first, null, first, null));
        WinFspFileInfo info = file.SetBasicInfo(new WinFspBasicInfo(null, null, null, second, null));
        Assert.Equal((FileAttributes.Hidden, first, second), (info.Attributes, info.CreationTime, info.LastWriteTime));
        Assert.Equal(info, file.GetInfo());
    }

    [Fact]
    public async Task Files_and_the_volume_are_flushed()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        using DriverFile file = volume.CreateFile(@"\a");
        file.Write(0, "abc"u8);
        Assert.Equal(3UL, file.Flush().FileSize);
        volume.Flush();
        Assert.Equal(["Flush", "FlushVolume"], _operations.Calls.TakeLast(2));
        _operations.Refuse["FlushVolume"] = NtStatus.IoDeviceError;
        Assert.Equal(NtStatus.IoDeviceError, DriverException.StatusOf(volume.Flush));
    }

    [Fact]
    public async Task A_name_is_answered_as_it_was_created()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.CreateDirectory(@"\Dir");
        volume.WriteAllBytes(@"\DIR\File", "x"u8);
        using DriverFile file = volume.Open(@"\dir\FILE");
        Assert.Equal(@"\Dir\File", file.Name);
        Assert.Equal(["File"], volume.Names(@"\DIR"));
    }

    [Fact]
    public async Task A_name_that_is_not_answered_stays_as_asked()
    {
        var plain = new MemoryOperations { NormalizesNames = false };
        await using DriverVolume volume = await DriverVolume.MountAsync(plain);
        using DriverFile file = volume.CreateFile(@"\a");
        Assert.Equal(@"\a", file.Name);
    }

    [Fact]
    public async Task Handles_are_of_the_open_and_not_of_the_file()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.WriteAllBytes(@"\a", new byte[64 * 1024]);
        DriverFile[] files = [.. Enumerable.Range(0, 16).Select(_ => volume.Open(@"\a"))];
        Assert.Equal(16, volume.Session.OpenFiles);
        await Task.WhenAll(files.Select((file, number) => Task.Run(() =>
        {
            for (int round = 0; round < 50; round++)
            {
                file.Write((ulong)number * 4096, Enumerable.Repeat((byte)(number + 1), 4096).ToArray());
                Assert.Equal(-1, file.Read((ulong)number * 4096, 4096).AsSpan().IndexOfAnyExcept((byte)(number + 1)));
            }

            file.Dispose();
        })));
        Assert.Equal(0, volume.Session.OpenFiles);
    }

    [Fact]
    public async Task Only_modified_files_are_cleaned_up_when_that_is_wanted()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations, new WinFspVolumeOptions { CleanupWhenModifiedOnly = true });
        volume.WriteAllBytes(@"\a", "x"u8);
        Assert.Single(_operations.Calls, call => call.StartsWith("Cleanup", StringComparison.Ordinal));
        volume.ReadAllBytes(@"\a");
        Assert.Single(_operations.Calls, call => call.StartsWith("Cleanup", StringComparison.Ordinal));
    }
}
