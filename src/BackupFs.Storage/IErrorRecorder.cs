namespace BackupFs.Storage;

/// <summary>
/// Collects the errors of a backup, as Vitess's ErrorRecorder does. Thread-safe; all errors are kept, in order, each
/// with the file it belongs to, so that writing that file again can clear it.
/// </summary>
public interface IErrorRecorder
{
    /// <summary>Whether any error is recorded.</summary>
    bool HasErrors { get; }

    /// <summary>Everything recorded, oldest first; a snapshot.</summary>
    IReadOnlyList<RecordedError> Errors { get; }

    /// <summary>Keeps an error; <paramref name="file"/> is the path within the backup, or null for the backup itself.</summary>
    void RecordError(StorageError error, string? file = null);

    /// <summary>Forgets the errors of one file, because it was written anew or removed.</summary>
    void ResetErrors(string file);

    /// <summary>Files that have errors, each once, in the order of their first error.</summary>
    IReadOnlyList<string> FailedFiles { get; }

    /// <summary>All errors as one, their messages joined with <c>"; "</c>, of the first one's kind; null if there are none.</summary>
    StorageError? Error { get; }
}

/// <summary>One entry of an <see cref="IErrorRecorder"/>.</summary>
/// <param name="File">The path within the backup, or null.</param>
/// <param name="Error">What went wrong.</param>
public sealed record RecordedError(string? File, StorageError Error);
