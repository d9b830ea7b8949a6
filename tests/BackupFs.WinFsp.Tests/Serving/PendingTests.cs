using BackupFs.WinFsp.Driver;
using BackupFs.WinFsp.Tests.Memory;

namespace BackupFs.WinFsp.Tests.Serving;

public class PendingTests
{
    private static readonly TimeSpan HangGuard = TimeSpan.FromMinutes(1);
    private readonly MemoryOperations _operations = new();
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Reads_writes_and_listings_are_answered_later_and_no_thread_waits_for_them()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        volume.WriteAllBytes(@"\a", "content"u8);
        using DriverFile file = volume.Open(@"\a");
        using DriverFile root = volume.OpenDirectory(@"\");
        _operations.Before = name => name is "Read" or "Write" or "ReadDirectory" ? _gate.Task : Task.CompletedTask;

        // These calls return although the operations do not.
        Task<byte[]> read = file.ReadAsync(0, 100);
        Task<int> write = file.WriteAsync("more"u8.ToArray(), new WinFspWriteRequest(7, false, false));
        Task<(IReadOnlyList<WinFspDirectoryEntry> Entries, bool End)> list = root.ListPieceAsync(null, 1000);
        Assert.Equal(3, volume.Session.PendingRequests);
        Assert.False(read.IsCompleted || write.IsCompleted || list.IsCompleted);
        Assert.Equal(7UL, file.GetInfo().FileSize); // others get past them

        _gate.SetResult();
        Assert.StartsWith("content", System.Text.Encoding.ASCII.GetString(await read.WaitAsync(HangGuard)), StringComparison.Ordinal);
        Assert.Equal(4, await write.WaitAsync(HangGuard));
        Assert.Equal(11UL, file.LastInfo.FileSize);
        Assert.Equal(["a"], (await list.WaitAsync(HangGuard)).Entries.Select(entry => entry.Name));
    }

    [Fact]
    public async Task Failures_are_answered_later_too()
    {
        var log = new LogLines();
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations, log: log);
        using DriverFile file = volume.CreateFile(@"\a");
        _operations.Before = async name =>
        {
            await _gate.Task;
            throw new InvalidOperationException(name);
        };
        Task<byte[]> read = file.ReadAsync(0, 10);
        _gate.SetResult();
        DriverException failure = await Assert.ThrowsAsync<DriverException>(() => read.WaitAsync(HangGuard));
        Assert.Equal(NtStatus.UnexpectedIoError, failure.Status);
        Assert.Single(log.Lines, line => line.Exception is InvalidOperationException);
        _operations.Before = _ => Task.CompletedTask;
    }

    [Fact]
    public async Task Everything_else_waits_for_its_answer()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _operations.Before = name =>
        {
            if (name != "Create")
            {
                return Task.CompletedTask;
            }

            entered.TrySetResult();
            return _gate.Task;
        };
        Task<DriverFile> create = Task.Factory.StartNew(() => volume.CreateFile(@"\a"), TaskCreationOptions.LongRunning);
        await entered.Task.WaitAsync(HangGuard);
        Assert.False(create.IsCompleted);
        Assert.Equal(0, volume.Session.PendingRequests);
        Assert.False(volume.Exists(@"\a")); // no lock is held meanwhile
        _gate.SetResult();
        (await create.WaitAsync(HangGuard)).Dispose();
        Assert.True(volume.Exists(@"\a"));
    }

    [Fact]
    public async Task The_end_waits_for_what_is_pending_before_the_driver_takes_its_memory_away()
    {
        DriverVolume volume = await DriverVolume.MountAsync(_operations);
        DriverFile file = volume.CreateFile(@"\a");
        file.Write(0, "abc"u8);
        _operations.Before = name => name == "Read" ? _gate.Task : Task.CompletedTask;
        Task<byte[]> read = file.ReadAsync(0, 3);
        Task end = volume.Session.UnmountAsync();
        Assert.NotSame(end, await Task.WhenAny(end, Task.Delay(100)));
        Assert.Equal(0, _operations.Stops);
        Assert.DoesNotContain("Delete", volume.Library.Calls);

        _gate.SetResult();
        await end.WaitAsync(HangGuard);
        Assert.Equal(1, _operations.Stops);
        DriverException failure = await Assert.ThrowsAsync<DriverException>(() => read.WaitAsync(HangGuard));
        Assert.Equal(NtStatus.Cancelled, failure.Status);
    }

    [Fact]
    public async Task Memory_that_an_operation_kept_cannot_be_used_after_its_answer()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        using DriverFile file = volume.CreateFile(@"\a");
        file.Write(0, "abc"u8);
        Assert.Throws<ObjectDisposedException>(() => _operations.LastData.Span[0]);
        Assert.Throws<ObjectDisposedException>(() => _operations.LastData.Pin());
    }
}
