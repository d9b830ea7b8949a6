namespace BackupFs.WinFsp.Processes;

/// <summary>The processes of this machine. Thread-safe.</summary>
public interface IProcesses
{
    /// <summary>
    /// Opens a process, so that its number is not given to another one; null when there is none, or when it may not be looked at.
    /// </summary>
    IProcess? TryOpen(uint processId);

    /// <summary>The number of the process that started this one and still lives, or 0.</summary>
    uint ParentOf(uint processId);
}
