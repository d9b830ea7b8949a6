using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace BackupFs.Storage.Objects;

/// <summary>Which process this is, in words that another process, here or on another host, can compare.</summary>
/// <param name="Host">For people.</param>
/// <param name="Space">Where process numbers mean the same: this boot of this machine, this process-number namespace; elsewhere than on Linux this machine.</param>
/// <param name="ProcessId">The number there.</param>
/// <param name="Started">When it started, so that a number used again is not mistaken for it.</param>
internal sealed record ProcessIdentity(string Host, string Space, int ProcessId, long Started)
{
    private static readonly ConcurrentDictionary<string, byte> LiveOwners = new(StringComparer.Ordinal);

    /// <summary>This process.</summary>
    internal static ProcessIdentity Current { get; } = Find();

    /// <summary>Says that an owner of this process lives, or no longer does.</summary>
    internal static void SetLive(string ownerId, bool live)
    {
        if (live)
        {
            LiveOwners[ownerId] = 0;
        }
        else
        {
            LiveOwners.TryRemove(ownerId, out _);
        }
    }

    /// <summary>Whether an owner, said to be of this process, lives; null where that cannot be known from here.</summary>
    internal bool? IsAlive(string ownerId)
    {
        if (Space != Current.Space)
        {
            return null;
        }

        if (ProcessId == Current.ProcessId && Started == Current.Started)
        {
            return LiveOwners.ContainsKey(ownerId);
        }

        if (FindStart(ProcessId) is { } started)
        {
            return started == Started;
        }

        // Where other users' processes are hidden (hidepid), one that is not to be seen may live.
        return OperatingSystem.IsLinux() && !File.Exists("/proc/1/stat") ? null : false;
    }

    private static ProcessIdentity Find() => new(
        Environment.MachineName,
        $"{Environment.MachineName}/{ReadBoot()}/{ReadNamespace()}",
        Environment.ProcessId,
        FindStart(Environment.ProcessId) ?? 0);

    /// <summary>When a process started, in units that no change of the clock changes where the system has them; null if there is none.</summary>
    private static long? FindStart(int processId)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // Clock ticks since the boot: the 22nd field of proc(5)'s stat, the 20th after the name, which may hold anything.
                var status = File.ReadAllText($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/stat");
                var fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
                return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
            }

            using var process = Process.GetProcessById(processId);
            return process.StartTime.ToUniversalTime().Ticks;
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or Win32Exception)
        {
            // Somebody else's process, which we may not look at: it can be neither this one nor one that says it was started then.
            return null;
        }
    }

    private static string ReadBoot()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "";
        }

        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string ReadNamespace()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "";
        }

        try
        {
            return new FileInfo("/proc/self/ns/pid").LinkTarget ?? "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
