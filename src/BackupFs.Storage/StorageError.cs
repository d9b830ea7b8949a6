namespace BackupFs.Storage;

/// <summary>One error of a storage, as a value. Immutable, thread-safe.</summary>
/// <param name="Kind">What went wrong.</param>
/// <param name="Message">A sentence for a log or a terminal, without secrets; empty for an expected miss.</param>
/// <param name="IsTransient">Whether the same call may succeed later.</param>
public sealed record StorageError(StorageErrorKind Kind, string Message = "", bool IsTransient = false)
{
    /// <summary>The expected miss, allocated once.</summary>
    public static StorageError NotFound { get; } = new(StorageErrorKind.NotFound);

    /// <summary>The missing extended attribute, allocated once.</summary>
    public static StorageError NoAttribute { get; } = new(StorageErrorKind.NoAttribute);

    /// <summary>The refusal of a change in a complete backup, allocated once.</summary>
    public static StorageError ReadOnly { get; } = new(StorageErrorKind.ReadOnly);

    /// <summary>The refusal of what this storage never does, allocated once.</summary>
    public static StorageError Unsupported { get; } = new(StorageErrorKind.Unsupported);

    /// <summary>This error as an exception, for the members of the contract that throw.</summary>
    public StorageException ToException(Exception? cause = null) => new(this, cause);

    /// <inheritdoc/>
    public override string ToString() => Message.Length == 0 ? Kind.ToString() : Message;
}
