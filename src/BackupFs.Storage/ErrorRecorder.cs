namespace BackupFs.Storage;

/// <summary>The error recorder that every storage's handles use: a list behind a lock, unbounded. Thread-safe.</summary>
/// <remarks>
/// Vitess keeps all errors and joins them with <c>";"</c>, which loses the file they belong to; here each error keeps its file,
/// so that a retry of one file clears exactly that file's errors.
/// </remarks>
public sealed class ErrorRecorder : IErrorRecorder
{
    private readonly Lock _lock = new();
    private readonly List<RecordedError> _errors = [];

    /// <inheritdoc/>
    public bool HasErrors
    {
        get
        {
            lock (_lock)
            {
                return _errors.Count > 0;
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<RecordedError> Errors
    {
        get
        {
            lock (_lock)
            {
                return [.. _errors];
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> FailedFiles
    {
        get
        {
            var files = new List<string>();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var recorded in Errors)
            {
                if (recorded.File is { } file && seen.Add(file))
                {
                    files.Add(file);
                }
            }

            return files;
        }
    }

    /// <inheritdoc/>
    public StorageError? Error
    {
        get
        {
            var errors = Errors;
            return errors.Count == 0
                ? null
                : new StorageError(errors[0].Error.Kind, string.Join("; ", errors.Select(Describe)), errors.All(e => e.Error.IsTransient));
        }
    }

    /// <inheritdoc/>
    public void RecordError(StorageError error, string? file = null)
    {
        ArgumentNullException.ThrowIfNull(error);
        lock (_lock)
        {
            _errors.Add(new RecordedError(file, error));
        }
    }

    /// <inheritdoc/>
    public void ResetErrors(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        lock (_lock)
        {
            _errors.RemoveAll(recorded => recorded.File == file);
        }
    }

    private static string Describe(RecordedError recorded) =>
        recorded.File is { } file ? $"{BackupPath.Printable(file)}: {recorded.Error}" : recorded.Error.ToString();
}
