using System.Collections.Concurrent;
using System.Diagnostics;

namespace BackupFs.Storage.Objects;

/// <summary>Which process this is, in words that another process, here or on another host, can compare.</summary>
/// <param name="Host">For people.</param>
/// <param name="Space">Where process numbers mean the same: this boot of this machine, this process-number namespace.</param>
/// <param name="ProcessId">The number there.</param>
/// <param name="Started">When it started, so that a number used again is not mistaken for it; UTC ticks.</param>
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

        try
        {
            using var process = Process.GetProcessById(ProcessId);

            // The clock's base may be read with an error of ticks.
            return Math.Abs(process.StartTime.ToUniversalTime().Ticks - Started) < TimeSpan.TicksPerSecond;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Somebody else's process, which we may not look at: it has the number, so say that it lives.
            return true;
        }
    }

    private static ProcessIdentity Find()
    {
        using var process = Process.GetCurrentProcess();
        return new ProcessIdentity(
            Environment.MachineName,
            $"{Environment.MachineName}/{ReadBoot()}/{ReadNamespace()}",
            Environment.ProcessId,
            process.StartTime.ToUniversalTime().Ticks);
    }

    private static string ReadBoot()
    {
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
