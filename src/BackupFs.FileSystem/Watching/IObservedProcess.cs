namespace BackupFs.FileSystem;

/// <summary>A process that wrote into a backup, or that feeds one that did through a pipe. Thread-safe.</summary>
public interface IObservedProcess
{
    /// <summary>Its number.</summary>
    int ProcessId { get; }

    /// <summary>Its program's name, for messages; never its arguments.</summary>
    string Program { get; }

    /// <summary>
    /// Equal for two processes that were started by the same command line (program, arguments, working directory):
    /// how a repeated command is recognised. Null if unknown. A digest: arguments may hold secrets.
    /// </summary>
    string? CommandDigest { get; }

    /// <summary>How it ended; null while it lives (or while that is not known yet).</summary>
    ProcessEnding? Ending { get; }

    /// <summary>Completes, never with an exception, when <see cref="Ending"/> is known.</summary>
    Task<ProcessEnding> Ended { get; }

    /// <summary>
    /// The processes that write into the pipe that is this one's standard input, and theirs, up the pipeline. Complete after
    /// <see cref="IWriterObserver.SettleAsync"/>; a snapshot before.
    /// </summary>
    IReadOnlyList<IObservedProcess> Feeders { get; }
}
