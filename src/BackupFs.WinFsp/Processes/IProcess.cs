namespace BackupFs.WinFsp.Processes;

/// <summary>A process that is watched until it is disposed. Thread-safe.</summary>
public interface IProcess : IDisposable
{
    /// <summary>Its number.</summary>
    uint Id { get; }

    /// <summary>The name of its program's file, without the directory.</summary>
    string Program { get; }

    /// <summary>
    /// Whether it is ending or has ended: its exit code is set. Windows sets it before it closes the handles of a process,
    /// and completes <see cref="Ended"/> after.
    /// </summary>
    bool IsEnding { get; }

    /// <summary>Its exit code, when it has ended completely; null when that cannot be read. Never fails.</summary>
    Task<uint?> Ended { get; }
}
