using System.Diagnostics;
using System.Globalization;

namespace BackupFs.Mount.Tests.Mounting;

/// <summary>
/// A process of its own that unmounts after a time, whatever became of the tests: a request that is never answered must not
/// hang the machine.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private readonly Process _process;

    public Watchdog(string mountPoint, int seconds)
    {
        var script = $"""
            sleep {seconds.ToString(CultureInfo.InvariantCulture)}
            {DetachScript}
            """;
        var start = new ProcessStartInfo("setsid") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        start.Environment["MOUNT_POINT"] = mountPoint;
        _process = Process.Start(start)!;
    }

    /// <summary>Aborts the connection of the mount at <c>$MOUNT_POINT</c> and detaches it, without asking the mount anything.</summary>
    public const string DetachScript = """
        awk -v m="$MOUNT_POINT" '$5 == m { print $3 }' /proc/self/mountinfo | while read -r device; do
            { echo 1 > "/sys/fs/fuse/connections/${device#*:}/abort"; } 2>/dev/null
            umount -l "$MOUNT_POINT" 2>/dev/null || fusermount3 -uz "$MOUNT_POINT" 2>/dev/null
        done
        """;

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
