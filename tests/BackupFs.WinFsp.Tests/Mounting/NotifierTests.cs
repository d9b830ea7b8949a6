using BackupFs.WinFsp.Driver;
using BackupFs.WinFsp.Tests.Memory;

namespace BackupFs.WinFsp.Tests.Mounting;

public class NotifierTests
{
    private static readonly WinFspChange[] Changes =
    [
        new(@"\A", ChangeFilter.FileName, ChangeAction.Added),
        new(@"\BC", ChangeFilter.Attributes | ChangeFilter.Size, ChangeAction.Modified),
    ];

    [Fact]
    public async Task Changes_are_told_in_one_call_that_holds_no_rename_back()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(new MemoryOperations());
        Assert.True(volume.Session.Notifier.TryNotify(Changes));
        Assert.Equal(["StartDispatcher", "Notify"], volume.Library.Calls.TakeLast(2));
        byte[] expected =
        [
            16, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, (byte)'\\', 0, (byte)'A', 0,
            18, 0, 0, 0, 12, 0, 0, 0, 3, 0, 0, 0, (byte)'\\', 0, (byte)'B', 0, (byte)'C', 0, 0, 0, 0, 0, 0, 0,
        ];
        Assert.Equal(expected, Assert.Single(volume.Library.Notifications));
    }

    [Fact]
    public async Task What_WinFsp_refuses_is_logged()
    {
        var log = new LogLines();
        await using DriverVolume volume = await DriverVolume.MountAsync(new MemoryOperations(), log: log);
        volume.Library.NotifyStatus = NtStatus.InsufficientResources;
        Assert.False(volume.Session.Notifier.TryNotify(Changes));
        Assert.Contains(log.Lines, line => line.Text.Contains("InsufficientResources", StringComparison.Ordinal));
    }

    [Fact]
    public async Task After_the_end_nothing_is_told()
    {
        DriverVolume volume = await DriverVolume.MountAsync(new MemoryOperations());
        await volume.DisposeAsync();
        Assert.False(volume.Session.Notifier.TryNotify(Changes));
        Assert.DoesNotContain("Notify", volume.Library.Calls);
    }
}
