using System.Diagnostics;
using BackupFs.FileSystem;
using BackupFs.Mount.Linux;
using BackupFs.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Mount.Tests.Mounting;

/// <summary>A real mount, in this process, of a storage whose calls the test holds. The mount is used by other processes only.</summary>
internal sealed class SlowMount : IAsyncDisposable
{
    private const int WatchdogSeconds = 300;
    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(60);

    private readonly BackupFileSystem _fileSystem;
    private readonly IMountSession _session;
    private readonly Watchdog _watchdog;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SlowMount(string mountPoint, BackupFileSystem fileSystem, IMountSession session, FaultPlan faults)
    {
        (MountPoint, _fileSystem, _session, Faults) = (mountPoint, fileSystem, session, faults);
        _watchdog = new Watchdog(mountPoint, WatchdogSeconds);
    }

    /// <summary>Where it is mounted.</summary>
    public string MountPoint { get; }

    /// <summary>What goes wrong, and how often it was called.</summary>
    public FaultPlan Faults { get; }

    /// <summary>Mounts, with the directory <c>d</c> made.</summary>
    public static async Task<SlowMount> StartAsync(MemoryStore? store = null)
    {
        TestEnvironment.ProvideFuseDevice();
        var faults = new FaultPlan();
        var storage = new FaultyStorage(new MemoryStorage(store ?? new MemoryStore(realDirectories: false)), faults) { IsSlow = true };
        var fileSystem = await BackupFileSystem.StartAsync(
            storage,
            new FileSystemOptions { DirectoryLevels = 1, End = EndPolicy.Manual, AllowRemove = true, ShowIncomplete = true },
            observer: null,
            TimeProvider.System,
            NullLoggerFactory.Instance,
            CancellationToken.None);
        var mountPoint = TestEnvironment.NewDirectory(TestUser.Current);
        var session = await new FuseMountAdapter(NullLoggerFactory.Instance).MountAsync(
            fileSystem, new MountOptions { MountPoint = mountPoint, Source = "slow" }, CancellationToken.None);
        var mount = new SlowMount(mountPoint, fileSystem, session, faults);
        await mount.RunAsync("mkdir -p \"$M/d\"");
        return mount;
    }

    /// <summary>Holds calls until <see cref="GoOn"/>.</summary>
    public void Hold(string operation, string? path = null) =>
        Faults.Add(new Fault { Operation = operation, Until = _over.Task, Path = path is null ? null : candidate => candidate == path });

    /// <summary>Lets everything go on.</summary>
    public void GoOn() => _over.TrySetResult();

    /// <summary>Returns when a call came so many times.</summary>
    public async Task CalledAsync(string operation, int times)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (Faults.CallsOf(operation) < times)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < HangLimit, $"{operation} was called {Faults.CallsOf(operation)} times, not {times}");
            await Task.Delay(5);
        }
    }

    /// <summary>Runs a script with <c>$M</c>, which has to succeed.</summary>
    public async Task<string> RunAsync(string script, int seconds = 60) => (await Shell.RunAsync(
        script,
        new Dictionary<string, string> { ["M"] = MountPoint, ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "" },
        TestUser.Current,
        seconds,
        () => "")).Succeeded();

    /// <summary>Starts a program that is not waited for.</summary>
    public static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    /// <summary>Waits for a program's end and returns what it printed.</summary>
    public static async Task<string> EndedAsync(Process process)
    {
        using var limit = new CancellationTokenSource(HangLimit);
        using (process)
        {
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token) + await process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return output.Trim();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GoOn();
        await _session.DisposeAsync();
        await _fileSystem.DisposeAsync();
        _watchdog.Dispose();
        Directory.Delete(MountPoint);
    }
}
