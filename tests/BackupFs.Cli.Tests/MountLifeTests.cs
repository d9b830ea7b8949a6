using BackupFs.Cli.Logging;
using BackupFs.Cli.Mounting;
using BackupFs.Mount;
using Microsoft.Extensions.Logging;
using Xunit;

namespace BackupFs.Cli.Tests;

public sealed class MountLifeTests : IAsyncDisposable
{
    private readonly TestWorld _world = new();
    private readonly FakeMount _mount = new();

    public MountLifeTests() => _world.Mounts = _ => _mount;

    public ValueTask DisposeAsync() => _mount.DisposeAsync();

    [Fact]
    public async Task A_signal_drains_unmounts_and_succeeds_when_nothing_is_left()
    {
        _mount.Outcome = new DrainOutcome(["db/a"], []);
        _world.Stop.CancelAfter(TimeSpan.FromMilliseconds(20));
        Assert.Equal(ExitCode.Ok, await _world.RunAsync("mount", "--foreground", "--storage=/srv/b", Path.GetTempPath()));
        Assert.Equal(["drain", "unmount", "dispose"], _mount.Calls);
        Assert.Equal("a storage, mounted\n", _world.Output.ToString());
        Assert.Contains("info Mount: completed db/a\n", _world.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_stays_incomplete_is_logged_and_fails()
    {
        _mount.Outcome = new DrainOutcome([], [new UnendedBackup("db/a", "failed", "x is torn")]);
        await _world.Stop.CancelAsync();
        Assert.Equal(ExitCode.Failed, await RunAsync());
        Assert.Contains("warning Mount: left incomplete db/a: x is torn\n", _world.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unmount_by_somebody_else_drains_likewise()
    {
        _mount.EndNow();
        Assert.Equal(ExitCode.Ok, await RunAsync());
        Assert.Equal(["drain", "dispose"], _mount.Calls);
    }

    [Fact]
    public async Task A_busy_mount_is_detached()
    {
        _mount.IsBusy = true;
        await _world.Stop.CancelAsync();
        Assert.Equal(ExitCode.Ok, await RunAsync());
        Assert.Contains("is busy; detaching the mount", _world.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(["drain", "unmount", "dispose"], _mount.Calls);
    }

    [Fact]
    public async Task A_second_signal_does_not_wait_for_backups()
    {
        _mount.DrainsForever = true;
        await _world.Stop.CancelAsync();
        _world.Abandon.CancelAfter(TimeSpan.FromMilliseconds(20));
        Assert.Equal(ExitCode.Failed, await RunAsync());
        Assert.Equal(["drain", "unmount", "dispose"], _mount.Calls);
    }

    [Fact]
    public async Task A_mount_that_nobody_waits_for_any_longer_is_undone()
    {
        Assert.Equal(ExitCode.Failed, await RunAsync(isWanted: false));
        Assert.Equal(["dispose"], _mount.Calls);
    }

    [Fact]
    public async Task A_mount_that_fails_says_why()
    {
        _world.Mounts = _ => throw new MountException("fusermount3 is missing: install the package fuse3");
        Assert.Equal(ExitCode.Failed, await _world.RunAsync("mount", "--foreground", "--storage=/srv/b", Path.GetTempPath()));
        Assert.Equal("backupfs: fusermount3 is missing: install the package fuse3\n", _world.Error.ToString());
    }

    private async Task<int> RunAsync(bool isWanted = true)
    {
        using var loggers = LineLoggerProvider.CreateFactory(_world.Error.Write, TimeProvider.System, LogLevel.Information);
        return await MountLife.RunAsync(
            new MountRequest { Storage = "/srv/b", MountPoint = "/mnt" }, _world.Context, loggers, _ => Task.FromResult(isWanted), _world.Stop.Token);
    }

    private sealed class FakeMount : IRunningMount
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Calls { get; } = [];

        public DrainOutcome Outcome { get; set; } = new([], []);

        public bool IsBusy { get; set; }

        public bool DrainsForever { get; set; }

        public string Description => "a storage, mounted";

        public Task Ended => _ended.Task;

        public void EndNow() => _ended.SetResult();

        public async Task<DrainOutcome> DrainAsync(CancellationToken cancellationToken)
        {
            Calls.Add("drain");
            await Task.Delay(DrainsForever ? Timeout.Infinite : 0, cancellationToken);
            return Outcome;
        }

        public ValueTask UnmountAsync(bool lazy, CancellationToken cancellationToken)
        {
            Calls.Add("unmount");
            if (IsBusy)
            {
                throw new MountException("/mnt is busy");
            }

            _ended.SetResult();
            return default;
        }

        public ValueTask DisposeAsync()
        {
            Calls.Add("dispose");
            return default;
        }
    }
}
