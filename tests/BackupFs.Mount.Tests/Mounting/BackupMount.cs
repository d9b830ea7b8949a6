using System.Diagnostics;
using System.Globalization;

namespace BackupFs.Mount.Tests.Mounting;

/// <summary>
/// The built program with a real mount, in a fresh temporary directory that is gone after <see cref="DisposeAsync"/>. The
/// daemon is a child in the foreground.
/// </summary>
public sealed class BackupMount : IAsyncDisposable
{
    /// <summary>Nothing that one mount is used for takes that long.</summary>
    private const int WatchdogSeconds = 1500;

    private readonly MountSettings _settings;
    private readonly bool _ownsStorage;
    private Process? _daemon;
    private Watchdog? _watchdog;
    private int _names;

    private BackupMount(MountSettings settings, string root)
    {
        _settings = settings;
        Root = root;
        MountPoint = Path.Combine(root, "mnt");
        Work = Path.Combine(root, "work");
        _ownsStorage = settings.Storage is null;
        Storage = settings.Storage ?? Path.Combine(root, "storage");
        LogFile = Path.Combine(root, "log");
    }

    /// <summary>The temporary directory with all of it.</summary>
    public string Root { get; }

    /// <summary>Where it is mounted.</summary>
    public string MountPoint { get; }

    /// <summary>The storage's directory, or its URL.</summary>
    public string Storage { get; }

    /// <summary>An ordinary directory for what scripts need besides.</summary>
    public string Work { get; }

    /// <summary>What the daemon wrote to its standard error: the log.</summary>
    public string LogFile { get; }

    /// <summary>The daemon's process number.</summary>
    public int DaemonId => _daemon?.Id ?? throw new InvalidOperationException("there is no daemon");

    /// <summary>The log up to now.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    /// <summary>Whether the mount table still has it.</summary>
    public bool IsMounted => File.ReadLines("/proc/self/mountinfo").Any(line => line.Split(' ')[4] == MountPoint);

    /// <summary>Mounts and returns when the mount answers.</summary>
    public static async Task<BackupMount> StartAsync(MountSettings settings)
    {
        TestEnvironment.ProvideFuseDevice();
        var mount = new BackupMount(settings, TestEnvironment.NewDirectory(settings.User));
        try
        {
            (await mount.BashAsync($"""
                mkdir -p "$M" "$W" "$R/bin" "$R/home" {(mount._ownsStorage ? "\"$S\"" : "")}
                printf '#!/bin/sh\nexec dotnet "%s" "$@"\n' "$PROGRAM" > "$R/bin/backupfs"
                chmod +x "$R/bin/backupfs"
                """)).Succeeded();
            await mount.MountAsync();
            return mount;
        }
        catch
        {
            await mount.DisposeAsync();
            throw;
        }
    }

    /// <summary>A name that no other test of this mount uses.</summary>
    public string NewName(string prefix = "b") => prefix + Interlocked.Increment(ref _names).ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Runs a bash script as the mount's user with -eu: <c>$M</c> mount point, <c>$D</c> the directory <c>db</c> (or the settings') in it,
    /// <c>$S</c> storage, <c>$W</c> an empty directory elsewhere, <c>$N</c> a fresh name, <c>$L</c> the log, and
    /// <c>backupfs</c> in the path.
    /// </summary>
    public async Task<ShellResult> BashAsync(string script, int seconds = 120)
    {
        var variables = new Dictionary<string, string>
        {
            ["M"] = MountPoint,
            ["D"] = Path.Combine(MountPoint, _settings.Directory),
            ["S"] = Storage,
            ["R"] = Root,
            ["W"] = Work,
            ["L"] = LogFile,
            ["N"] = NewName(),
            ["PROGRAM"] = TestEnvironment.Program,
            ["DAEMON"] = _daemon is null ? "" : _daemon.Id.ToString(CultureInfo.InvariantCulture),
            ["HOME"] = Path.Combine(Root, "home"),
            ["DOTNET_CLI_HOME"] = Path.Combine(Root, "home"),
            ["TMPDIR"] = Work,
            ["PATH"] = $"{Path.Combine(Root, "bin")}:{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin",
        };
        return await Shell.RunAsync(script, variables, _settings.User, seconds, () => $"--- log\n{LogTail()}");
    }

    /// <summary>Runs a script that has to succeed, and returns its output.</summary>
    public async Task<string> RunAsync(string script, int seconds = 120) => (await BashAsync(script, seconds)).Succeeded();

    /// <summary>Mounts (again, after the daemon ended).</summary>
    public async Task MountAsync()
    {
        _watchdog ??= new Watchdog(MountPoint, WatchdogSeconds);
        string[] command =
        [
            .. TestEnvironment.Prefix(_settings.User), "env", "-u", "BASH_ENV", $"HOME={Root}/home", $"DOTNET_CLI_HOME={Root}/home",
            "bash", "-c", "exec 2>>\"$LOG\" >>\"$LOG.out\"; exec dotnet \"$@\"", "backupfs", TestEnvironment.Program, "mount", "--foreground",
            "--storage", Storage, .. _settings.Options, MountPoint,
        ];
        var start = new ProcessStartInfo(command[0]) { RedirectStandardInput = true, WorkingDirectory = "/" };
        foreach (var argument in command[1..])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["LOG"] = LogFile;
        _daemon = Process.Start(start)!;
        _daemon.StandardInput.Close();
        for (var tries = 0; !IsMounted || !File.Exists(LogFile + ".out") || new FileInfo(LogFile + ".out").Length == 0; tries++)
        {
            if (_daemon.HasExited || tries > 2000)
            {
                Assert.Fail($"the mount did not come up (exit status {(_daemon.HasExited ? _daemon.ExitCode : "none")}):\n{LogTail()}");
            }

            await Task.Delay(15);
        }
    }

    /// <summary>Waits for the daemon's end and returns its exit status.</summary>
    public async Task<int> DaemonEndedAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _daemon!.WaitForExitAsync(limit.Token);
        File.Delete(LogFile + ".out");
        return _daemon.ExitCode;
    }

    /// <summary>Unmounts by umount(8) or fusermount3(1), and returns the daemon's exit status.</summary>
    public async Task<int> UnmountAsync()
    {
        (await BashAsync("if [ \"$(id -u)\" = 0 ]; then umount \"$M\"; else fusermount3 -u \"$M\"; fi")).Succeeded();
        return await DaemonEndedAsync();
    }

    /// <summary>SIGKILL for the daemon; the dead mount is detached.</summary>
    public async Task KillDaemonAsync()
    {
        _daemon!.Kill();
        await DaemonEndedAsync();
        Detach(MountPoint);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (IsMounted)
        {
            // Politely first, so that the daemon ends by itself; whoever still uses the mount does not stop us.
            await BashAsync("if [ \"$(id -u)\" = 0 ]; then umount \"$M\" || umount -l \"$M\"; else fusermount3 -u \"$M\" || fusermount3 -uz \"$M\"; fi", 30);
        }

        if (_daemon is { } daemon)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
            try
            {
                await daemon.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Detach(MountPoint);
                daemon.Kill();
                await daemon.WaitForExitAsync(CancellationToken.None);
            }

            daemon.Dispose();
        }

        // Also what a test has mounted below, and not unmounted because it failed.
        for (var tries = 0; MountedBelow().LastOrDefault() is { } below && tries < 5; tries++)
        {
            Detach(below);
        }

        _watchdog?.Dispose();
        Assert.Empty(MountedBelow());
        Shell.RunPlain("rm", "-rf", "--one-file-system", Root);
    }

    private IEnumerable<string> MountedBelow() => File.ReadAllLines("/proc/self/mountinfo").Select(line => line.Split(' ')[4])
        .Where(path => path.StartsWith(Root + "/", StringComparison.Ordinal));

    private static void Detach(string mountPoint) =>
        Shell.RunPlain("env", $"MOUNT_POINT={mountPoint}", "sh", "-c", Watchdog.DetachScript);

    private string LogTail()
    {
        var log = Log;
        return log.Length <= 6000 ? log : "…" + log[^6000..];
    }
}
