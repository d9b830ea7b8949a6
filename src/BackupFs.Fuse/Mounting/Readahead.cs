using System.Globalization;
using Microsoft.Extensions.Logging;

namespace BackupFs.Fuse.Mounting;

/// <summary>
/// Read-ahead of a mount. INIT can only lower it; raising it goes through the backing device's entry in sysfs.
/// </summary>
internal static class Readahead
{
    /// <summary>Sets it where that is possible.</summary>
    internal static void Set(string mountpoint, int kibibytes, ILogger log)
    {
        if (kibibytes <= 0 || !Account.IsRoot)
        {
            return;
        }

        MountEntry? mount = MountTable.Read().LastOrDefault(entry => entry.Mountpoint == mountpoint);
        string path = $"/sys/class/bdi/{mount?.Device}/read_ahead_kb";
        try
        {
            File.WriteAllText(path, kibibytes.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            log.ReadaheadFailed(path, exception.Message);
        }
    }
}
