using System.Diagnostics;
using BackupFs.Fuse.Tests.Memory;

namespace BackupFs.Fuse.Tests.Mounting;

public sealed class InterruptionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("KILL")]
    [InlineData("INT")]
    public async Task A_blocked_read_ends_with_the_signal(string signal)
    {
        var files = new BlockingFileSystem();
        await using TestMount mount = await TestMount.CreateAsync(files);
        await File.WriteAllTextAsync(mount.At("f"), "x");
        using Process reader = Shell.Start("exec cat f", mount.Path);
        await files.Started.Task.WaitAsync(Limit);
        using Process killer = Process.Start("/bin/kill", ["-s", signal, $"{reader.Id}"]);
        using var limit = new CancellationTokenSource(Limit);
        await reader.WaitForExitAsync(limit.Token);
        Assert.True(await files.Interrupted.Task.WaitAsync(Limit));
        Assert.True(SpinWait.SpinUntil(() => mount.Session.PendingRequests == 0, Limit));
        Assert.Equal("f\n", await mount.ShellAsync("ls"));
    }

    [Fact]
    public async Task Others_are_served_while_all_readers_are_blocked()
    {
        var files = new BlockingFileSystem { BlockInline = true };
        var log = new RecordingLog();
        await using TestMount mount = await TestMount.CreateAsync(files, new FuseMountOptions { Readers = 2 }, log);
        await mount.ShellAsync("for i in 1 2 3 4 5 6; do echo x > f$i; done");
        Process[] readers = [.. Enumerable.Range(1, 6).Select(i => Shell.Start($"exec cat f{i}", mount.Path))];
        try
        {
            Assert.True(SpinWait.SpinUntil(() => files.Blocked >= 6, Limit), $"{files.Blocked} handlers run");
            Assert.Contains("f6", await mount.ShellAsync("ls; echo y > g; cat g >/dev/null & wait"), StringComparison.Ordinal);
            Assert.True(mount.Session.Readers > 2);
        }
        finally
        {
            files.Unblock();
            foreach (Process reader in readers)
            {
                using var limit = new CancellationTokenSource(Limit);
                await reader.WaitForExitAsync(limit.Token);
                reader.Dispose();
            }
        }

        Assert.True(SpinWait.SpinUntil(() => mount.Session.Readers == 2, Limit), $"{mount.Session.Readers} readers are left");
    }

    [Fact]
    public async Task At_the_cap_of_buffers_no_more_is_read_until_something_is_answered()
    {
        const int Slots = 4;
        var files = new BlockingFileSystem { IgnoreInterrupts = true };
        var options = new FuseMountOptions { MaxBufferBytes = 1, Readers = 2 }; // four is the least
        await using TestMount mount = await TestMount.CreateAsync(files, options);
        await mount.ShellAsync("for i in 1 2 3 4 5 6 7 8; do echo x > f$i; done");
        Process[] readers = [.. Enumerable.Range(1, 8).Select(i => Shell.Start($"exec cat f{i}", mount.Path))];
        try
        {
            Assert.True(SpinWait.SpinUntil(() => mount.Session.PendingRequests == Slots, Limit));
            await Task.Delay(200); // what would come, were there no cap
            Assert.Equal(Slots, mount.Session.PendingRequests);
        }
        finally
        {
            files.AnswerFromNowOn();
            foreach (Process reader in readers)
            {
                using var limit = new CancellationTokenSource(Limit);
                await reader.WaitForExitAsync(limit.Token);
                Assert.Equal(0, reader.ExitCode);
                reader.Dispose();
            }
        }
    }

    [Fact]
    public async Task A_mount_with_a_pending_request_can_be_aborted()
    {
        var files = new BlockingFileSystem();
        await using TestMount mount = await TestMount.CreateAsync(files);
        await File.WriteAllTextAsync(mount.At("f"), "x");
        using Process reader = Shell.Start("exec cat f", mount.Path);
        await files.Started.Task.WaitAsync(Limit);
        FuseMountException busy = await Assert.ThrowsAsync<FuseMountException>(() => mount.Session.UnmountAsync());
        Assert.Equal(FuseMountFailure.Busy, busy.Failure);
        if (Account.IsRoot)
        {
            Assert.True(await mount.Session.AbortAsync());
            Assert.Equal(SessionEnding.Aborted, await mount.Session.Ended.WaitAsync(Limit));
        }
        else
        {
            await mount.Session.UnmountAsync(lazy: true);
            reader.Kill();
            Assert.Equal(SessionEnding.Unmounted, await mount.Session.Ended.WaitAsync(Limit));
        }

        using var limit = new CancellationTokenSource(Limit);
        await reader.WaitForExitAsync(limit.Token);
        Assert.NotEqual(0, reader.ExitCode);
        Assert.True(await files.Interrupted.Task.WaitAsync(Limit));
        Assert.True(files.Destroyed);
        Assert.Equal(0, mount.Session.PendingRequests);
    }

    [Fact]
    public async Task A_request_that_is_never_answered_is_dropped_at_the_end_and_its_late_answer_is_harmless()
    {
        var files = new BlockingFileSystem { IgnoreInterrupts = true };
        var options = new FuseMountOptions { DrainTimeout = TimeSpan.FromMilliseconds(200) };
        await using TestMount mount = await TestMount.CreateAsync(files, options);
        await File.WriteAllTextAsync(mount.At("f"), "x");
        using Process reader = Shell.Start("exec cat f", mount.Path);
        await files.Started.Task.WaitAsync(Limit);
        reader.Kill();
        if (!await mount.Session.AbortAsync())
        {
            // A user, without the control file system: the connection lives until the request is answered.
            Assert.False(Account.IsRoot);
            await mount.Session.UnmountAsync(lazy: true);
            Assert.True(files.Last!.Value.ReplyError(Errno.EIO));
            await mount.Session.Ended.WaitAsync(Limit);
            return;
        }

        await mount.Session.Ended.WaitAsync(Limit);
        Assert.Equal(1, mount.Session.PendingRequests);
        Assert.False(files.Last!.Value.ReplyError(Errno.EIO));
        Assert.Equal(0, mount.Session.PendingRequests);
    }

    /// <summary>Reads of files named f… wait, either for their interruption or inside the handler.</summary>
    private sealed class BlockingFileSystem : MemoryFileSystem
    {
        private readonly object _blocking = new();
        private readonly List<FuseRequest> _waiting = [];
        private bool _released;
        private int _blocked;

        internal bool BlockInline { get; init; }

        internal bool IgnoreInterrupts { get; init; }

        internal int Blocked => Volatile.Read(ref _blocked);

        internal FuseRequest? Last { get; private set; }

        internal TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal TaskCompletionSource<bool> Interrupted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal void AnswerFromNowOn()
        {
            Unblock();
            _waiting.ForEach(request => request.ReplyData(0));
        }

        internal void Unblock()
        {
            lock (_blocking)
            {
                _released = true;
                Monitor.PulseAll(_blocking);
            }
        }

        // Past the page cache: a read through it is background work that no signal interrupts.
        public override void Open(FuseRequest request, ulong node, int flags, bool killPrivileges)
        {
            lock (Gate)
            {
                Find(node)!.Opens++;
            }

            request.ReplyOpened(node, OpenReplyFlags.DirectIo);
        }

        public override void Read(FuseRequest request, ulong node, ulong handle, long offset, int size)
        {
            if (BlockInline)
            {
                if (node <= 7) // f1 to f6
                {
                    Interlocked.Increment(ref _blocked);
                    lock (_blocking)
                    {
                        while (!_released && Monitor.Wait(_blocking, Limit))
                        {
                        }
                    }
                }

                base.Read(request, node, handle, offset, size);
                return;
            }

            lock (_blocking)
            {
                if (_released)
                {
                    request.ReplyData(0);
                    return;
                }

                Last = request;
                _waiting.Add(request);
            }

            if (!IgnoreInterrupts)
            {
                request.Interrupted.Register(() =>
                {
                    Interrupted.TrySetResult(request.IsInterrupted);
                    request.ReplyError(Errno.EINTR);
                });
            }

            Started.TrySetResult();
        }
    }
}
