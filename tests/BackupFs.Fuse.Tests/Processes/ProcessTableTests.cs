using System.Diagnostics;
using BackupFs.Fuse.Interop;
using BackupFs.Fuse.Processes;
using Xunit;

namespace BackupFs.Fuse.Tests.Processes;

public sealed class ProcessTableTests : ProcessWatcherTest
{
    [Fact]
    public async Task A_number_that_another_process_has_now_gives_the_new_process()
    {
        using ProcessDescriptor descriptor = await EndedAsync();
        WatchedProcess former = new(ulong.MaxValue, Environment.ProcessId, 0, descriptor, ProcessIdentity.Unknown, 0);
        Assert.Same(former, Watcher.Table.AddOrGet(former));

        WatchedProcess? present = Watcher.Watch((uint)Environment.ProcessId);
        Assert.NotNull(present);
        Assert.NotSame(former, present);
        Assert.Same(present, Watcher.Watch((uint)Environment.ProcessId));

        // The former's end, noticed late, does not take the present one away.
        Watcher.Table.Remove(former);
        Assert.Same(present, Watcher.Watch((uint)Environment.ProcessId));
    }

    [Fact]
    public async Task An_ended_process_is_not_found_before_its_end_was_noticed()
    {
        ProcessTable table = new();
        using ProcessDescriptor descriptor = await EndedAsync();
        WatchedProcess ended = new(1, 4711, 0, descriptor, ProcessIdentity.Unknown, 0);
        table.AddOrGet(ended);
        Assert.Null(table.FindLiving(4711));
        Assert.Same(ended, table.Find(1));
        table.Remove(ended);
        Assert.Null(table.Find(1));
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void The_kernels_structures_have_the_sizes_of_its_headers()
    {
        Assert.Equal(64, System.Runtime.CompilerServices.Unsafe.SizeOf<ProcessInfo>());
        Assert.Equal(8, System.Runtime.CompilerServices.Unsafe.SizeOf<ProcessNative.PollEntry>());
    }

    private async Task<ProcessDescriptor> EndedAsync()
    {
        Process program = Shell("read line");
        ProcessDescriptor? descriptor = ProcessDescriptor.TryOpen(program.Id, out int error);
        Assert.Equal(0, error);
        Assert.False(descriptor!.IsEnded);
        Assert.False(descriptor.IsReaped);
        program.StandardInput.Close();
        await program.WaitForExitAsync().WaitAsync(HangGuard);
        await EventuallyAsync(() => descriptor.IsReaped);
        Assert.True(descriptor.IsEnded);
        return descriptor;
    }
}
