namespace BackupFs.WinFsp;

/// <summary>What the severity of a status says.</summary>
public static class NtStatusExtensions
{
    /// <summary>Whether the status is a success or an information: its highest bit is clear.</summary>
    public static bool IsSuccess(this NtStatus status) => (int)status >= 0;
}
