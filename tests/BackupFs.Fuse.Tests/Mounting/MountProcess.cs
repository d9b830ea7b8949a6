using System.Diagnostics;
using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Tests.Mounting;

/// <summary>
/// The test file system mounted by another process, by default an ordinary user's. Makes all it needs (a readable
/// copy of the program, a mount point of that user, and in a mount namespace of its own a /dev/fuse that users may
/// open) and removes it, with a forced unmount at the end.
/// </summary>
internal sealed class MountProcess : IAsyncDisposable
{
    internal const uint Nobody = 65534;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly string _root;
    private readonly Process _process;

    private MountProcess(string root, string mountpoint, Process process, string firstLine)
    {
        _root = root;
        Mountpoint = mountpoint;
        _process = process;
        FirstLine = firstLine;
    }

    internal string Mountpoint { get; }

    /// <summary>"ready", or the failure.</summary>
    internal string FirstLine { get; }

    /// <summary>Whether tests can act as another user; as one already, they act as themselves.</summary>
    private static bool CanChangeUser => Account.IsRoot;

    internal static async Task<MountProcess> StartAsync(
        string name, bool asRoot = false, bool mountpointOfRoot = false, params string[] more)
    {
        string root = Directory.CreateTempSubdirectory("backupfs-user-").FullName;
        string program = Path.Combine(root, "program");
        string mountpoint = Path.Combine(root, "mount");
        await Run($"chmod 755 '{root}'; mkdir '{mountpoint}'");
        await Run($"cp -r '{AppContext.BaseDirectory}' '{program}'; chmod -R a+rX '{program}'");
        if (CanChangeUser && !asRoot && !mountpointOfRoot)
        {
            await Run($"chown {Nobody}:{Nobody} '{mountpoint}'");
        }

        string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
        string[] command = [dotnet, Path.Combine(program, "BackupFs.Fuse.Tests.dll"), mountpoint, name, .. more];
        string[] all = asRoot ? command : [.. AsUser(root), .. command];
        var start = new ProcessStartInfo(all[0], all[1..])
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        string firstLine = await process.StandardOutput.ReadLineAsync(limit.Token) ?? "nothing";
        return new MountProcess(root, mountpoint, process, firstLine);
    }

    /// <summary>Runs a command in the mount as the mounting user.</summary>
    internal async Task<ShellResult> ShellAsUserAsync(string command)
    {
        return await ShellAsync($"{SetUser} sh -c 'cd {Mountpoint}; {command}'");
    }

    /// <summary>Runs a command where the mount is visible.</summary>
    internal Task<ShellResult> ShellAsync(string command) => Shell.RunAsync(
        CanChangeUser ? $"nsenter -t {_process.Id} -m -- {command}" : command, "/");

    /// <summary>The mount as the process sees it, or null.</summary>
    internal MountEntry? Entry => MountTable.Parse(File.ReadLines($"/proc/{_process.Id}/mountinfo"))
        .LastOrDefault(entry => entry.Mountpoint == Mountpoint);

    /// <summary>Ends the program in an orderly way; what it said last.</summary>
    internal async Task<string> StopAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        string rest = await _process.StandardOutput.ReadToEndAsync(limit.Token);
        await _process.WaitForExitAsync(limit.Token);
        return rest.Trim();
    }

    internal async Task KillAsync()
    {
        _process.Kill();
        using var limit = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await KillAsync();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }

        _process.Dispose();
        await Run($"umount -f '{Mountpoint}' || umount -l '{Mountpoint}' || fusermount3 -u -z '{Mountpoint}' || true");
        Directory.Delete(_root, recursive: true);
    }

    private static string SetUser => CanChangeUser ? $"setpriv --reuid={Nobody} --regid={Nobody} --clear-groups" : "env";

    // The commands replace each other, so that the process started is the one that mounts.
    private static string[] AsUser(string root)
    {
        string device = $"mknod {root}/fuse c 10 229; chmod 666 {root}/fuse; mount --bind {root}/fuse /dev/fuse";
        string script = $"set -e; {device}; exec {SetUser} \"$@\"";
        return CanChangeUser ? ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"] : ["env"];
    }

    private static async Task Run(string command)
    {
        ShellResult result = await Shell.RunAsync(command, "/");
        Assert.True(result.ExitCode == 0, $"{command}: {result.Output}");
    }
}
