using BackupFs.WinFsp.Driver;
using BackupFs.WinFsp.Interop;
using BackupFs.WinFsp.Layout;
using BackupFs.WinFsp.Tests.Memory;
using Microsoft.Extensions.Logging;

namespace BackupFs.WinFsp.Tests.Mounting;

public class SessionTests
{
    private static readonly TimeSpan HangGuard = TimeSpan.FromMinutes(1);
    private readonly MemoryOperations _operations = new();
    private readonly LogLines _log = new();

    [Fact]
    public async Task A_volume_is_mounted_and_unmounted_in_the_order_of_the_documentation()
    {
        var library = new StandInLibrary();
        WinFspSession session = await Mount(library, new WinFspVolumeOptions { DispatcherThreads = 7, DebugLog = 5 });
        Assert.Equal(["Preflight", "Create", "RemoveOperationGuard", "SetMountPoint", "StartDispatcher"], library.Calls);
        Assert.Equal(("WinFsp.Disk", 7u, 5u, "X:"), (library.Device, library.Threads, library.DebugLog, session.MountPoint));
        Assert.False(session.Ended.IsCompleted);
        Assert.Contains(_log.Lines, line => line.Text == "Mounted at X:: WinFsp 2.1");

        await session.DisposeAsync();
        Assert.Equal(["StopDispatcher", "Delete"], library.Calls.TakeLast(2));
        Assert.Equal((1, WinFspEnding.Unmounted), (_operations.Stops, _operations.Ending));
        Assert.Equal(WinFspEnding.Unmounted, await session.Ended.WaitAsync(HangGuard));
    }

    [Fact]
    public async Task Unmounting_twice_is_unmounting_once()
    {
        var library = new StandInLibrary();
        WinFspSession session = await Mount(library);
        await Task.WhenAll(session.UnmountAsync(), session.UnmountAsync());
        await session.DisposeAsync();
        Assert.Single(library.Calls, call => call == "Delete");
    }

    [Fact]
    public async Task The_file_system_is_told_of_the_end_even_if_WinFsp_does_not()
    {
        WinFspSession session = await Mount(new StandInLibrary { TellsOfTheEnd = false });
        await session.UnmountAsync().WaitAsync(HangGuard);
        Assert.Equal((1, WinFspEnding.Unmounted), (_operations.Stops, _operations.Ending));
    }

    [Fact]
    public async Task A_network_volume_is_mounted_at_the_network_device()
    {
        var library = new StandInLibrary();
        await using WinFspSession session = await Mount(library, new WinFspVolumeOptions { NetworkPrefix = @"\backupfs\share" });
        Assert.Equal("WinFsp.Net", library.Device);
        VolumeParams parameters = library.Parameters;
        Assert.StartsWith(@"\backupfs\share" + "\0", new string(parameters.Prefix), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_mount_point_the_drive_that_was_taken_is_told()
    {
        var library = new StandInLibrary();
        await using WinFspSession session =
            await WinFspSession.MountAsync(() => library, null, _operations, new WinFspVolumeOptions { MountPointSecurity = new byte[] { 1, 2 } }, _log);
        Assert.Equal("Z:", session.MountPoint);
        Assert.Equal([1, 2], library.MountSecurity);
    }

    [Fact]
    public async Task When_the_driver_ends_the_mount_the_file_system_is_told()
    {
        DriverVolume volume = await DriverVolume.MountAsync(_operations, log: _log);
        _ = volume.CreateFile(@"\a");
        volume.StopFromOutside();
        Assert.Equal(WinFspEnding.Driver, await volume.Session.Ended.WaitAsync(HangGuard));
        Assert.Equal(WinFspEnding.Driver, _operations.Ending);
        Assert.Equal(1, volume.Session.OpenFiles); // its Close does not come
    }

    [Fact]
    public async Task Files_left_open_are_the_file_systems_to_close()
    {
        DriverVolume volume = await DriverVolume.MountAsync(_operations, log: _log);
        _ = volume.CreateFile(@"\a");
        await volume.DisposeAsync();
        Assert.DoesNotContain("Close", _operations.Calls);
        Assert.Contains(_log.Lines, line => line.Text == "The mount ended with 1 files open");
    }

    [Theory]
    [InlineData(NtStatus.ObjectNameCollision, WinFspMountFailure.MountPointInUse, "in use")]
    [InlineData(NtStatus.ObjectNameInvalid, WinFspMountFailure.InvalidMountPoint, "drive letter")]
    [InlineData(NtStatus.NoSuchDevice, WinFspMountFailure.NoDriver, "driver")]
    [InlineData(NtStatus.AccessDenied, WinFspMountFailure.NotPermitted, "permit")]
    [InlineData(NtStatus.InsufficientResources, WinFspMountFailure.Other, "0xC000009A")]
    public async Task A_refusal_beforehand_says_what_to_do(NtStatus status, WinFspMountFailure failure, string text)
    {
        var library = new StandInLibrary { PreflightStatus = status };
        WinFspMountException error = await Assert.ThrowsAsync<WinFspMountException>(() => Mount(library));
        Assert.Equal((failure, status), (error.Failure, error.Status));
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        Assert.Equal(["Preflight"], library.Calls);
    }

    [Fact]
    public async Task A_mount_that_fails_leaves_nothing()
    {
        var created = new StandInLibrary { CreateStatus = NtStatus.AccessDenied };
        await Assert.ThrowsAsync<WinFspMountException>(() => Mount(created));
        Assert.Equal("Create", created.Calls.Last());

        foreach (StandInLibrary library in (StandInLibrary[])
            [new() { MountStatus = NtStatus.ObjectNameCollision }, new() { StartStatus = NtStatus.InsufficientResources }])
        {
            await Assert.ThrowsAsync<WinFspMountException>(() => Mount(library));
            Assert.Equal("Delete", library.Calls.Last());
        }

        Assert.Equal(0, _operations.Stops);
    }

    [Theory]
    [InlineData((1u << 16) | 12)]
    [InlineData(3u << 16)]
    public async Task Another_version_is_refused(uint version)
    {
        var library = new StandInLibrary { Version = version };
        WinFspMountException error = await Assert.ThrowsAsync<WinFspMountException>(() => Mount(library));
        Assert.Equal(WinFspMountFailure.Version, error.Failure);
        Assert.Contains("version 2 is needed", error.Message, StringComparison.Ordinal);
        Assert.Empty(library.Calls);
    }

    [Fact]
    public async Task Options_that_cannot_be_are_refused_before_anything_is_done()
    {
        var library = new StandInLibrary();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Mount(library, new WinFspVolumeOptions { DispatcherThreads = 1 }));
        await Assert.ThrowsAsync<ArgumentException>(() => Mount(library, new WinFspVolumeOptions { FileSystemName = new string('x', 16) }));
        Assert.Empty(library.Calls);
    }

    [Fact]
    public async Task On_this_system_there_is_no_WinFsp()
    {
        Assert.False(OperatingSystem.IsWindows());
        WinFspMountException error = await Assert.ThrowsAsync<WinFspMountException>(() => WinFspSession.MountAsync("X:", _operations));
        Assert.Equal(WinFspMountFailure.NotInstalled, error.Failure);
    }

    [Fact]
    public async Task Two_volumes_do_not_get_into_each_others_way()
    {
        var others = new MemoryOperations();
        await using DriverVolume first = await DriverVolume.MountAsync(_operations);
        await using DriverVolume second = await DriverVolume.MountAsync(others);
        first.WriteAllBytes(@"\a", "x"u8);
        Assert.Equal((true, false), (first.Exists(@"\a"), second.Exists(@"\a")));
    }

    private Task<WinFspSession> Mount(StandInLibrary library, WinFspVolumeOptions? options = null) =>
        WinFspSession.MountAsync(() => (IWinFspLibrary)library, "X:", _operations, options, _log);
}
