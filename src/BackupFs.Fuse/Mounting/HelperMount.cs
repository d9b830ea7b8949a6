using BackupFs.Fuse.Interop;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.Fuse.Mounting;

/// <summary>
/// Mounting through fusermount3, the set-user-id program of the fuse3 package: for ordinary users. It opens the
/// device, mounts it, and passes the descriptor back over a socket.
/// </summary>
internal sealed class HelperMount : MountedDevice
{
    private const string Program = "fusermount3";
    private static readonly string[] FallbackDirectories = ["/usr/bin", "/bin", "/usr/local/bin"];

    private HelperMount(SafeFileHandle device, string mountpoint)
        : base(device, mountpoint)
    {
    }

    internal static HelperMount Mount(string mountpoint, FuseMountOptions options)
    {
        string[] arguments = ["-o", MountOptionText.ForHelper(options), "--", mountpoint];
        using var helper = Start(arguments, withSocket: true);
        SafeFileHandle? device = helper.ReceiveDescriptor(options.MountTimeout);
        string words = helper.Finish(out int exitCode);
        if (device is null)
        {
            throw MountError.Helper(mountpoint, words.Length > 0 ? words : $"exit code {exitCode}");
        }

        return new HelperMount(device, mountpoint);
    }

    internal override void Unmount(bool lazy) => Unmount(Mountpoint, lazy);

    internal static void Unmount(string mountpoint, bool lazy)
    {
        string[] arguments = lazy ? ["-u", "-z", "--", mountpoint] : ["-u", "--", mountpoint];
        using var helper = Start(arguments, withSocket: false);
        string words = helper.Finish(out int exitCode);
        if (exitCode != 0)
        {
            throw MountError.Helper(mountpoint, words.Length > 0 ? words : $"exit code {exitCode}");
        }
    }

    // A forced unmount is for root only. The control file system, where mounted, belongs to the user who mounted; its
    // directories are named by the minor device number.
    internal override bool TryAbort()
    {
        string? device = MountTable.Read().LastOrDefault(entry => entry.Mountpoint == Mountpoint)?.Device;
        if (device is null)
        {
            return false;
        }

        try
        {
            File.WriteAllText($"/sys/fs/fuse/connections/{device.Split(':')[^1]}/abort", "1");
            Unmount(lazy: true);
            return true;
        }
        catch (FuseMountException)
        {
            return true; // aborted, if still in sight
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static HelperProcess Start(string[] arguments, bool withSocket) => HelperProcess.Start(
        FindProgram(Environment.GetEnvironmentVariable("PATH"), FallbackDirectories), arguments, withSocket);

    /// <summary>Where fusermount3 is. Throws when it is nowhere.</summary>
    internal static string FindProgram(string? path, IEnumerable<string> fallback) =>
        (path ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries).Concat(fallback)
            .Select(directory => Path.Combine(directory, Program))
            .FirstOrDefault(File.Exists)
        ?? throw MountError.NoHelper();
}
