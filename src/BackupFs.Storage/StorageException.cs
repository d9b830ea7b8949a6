namespace BackupFs.Storage;

/// <summary>An error of a storage, thrown by the members of the contract that are called rarely.</summary>
public sealed class StorageException : Exception
{
    /// <summary>Wraps <paramref name="error"/>; <paramref name="cause"/> is the native exception, if there was one.</summary>
    public StorageException(StorageError error, Exception? cause = null)
        : base(error.ToString(), cause) => Error = error;

    /// <summary>An exception of one kind.</summary>
    public StorageException(StorageErrorKind kind, string message, Exception? cause = null)
        : this(new StorageError(kind, message), cause)
    {
    }

    /// <summary>The error as a value.</summary>
    public StorageError Error { get; }

    /// <summary>What went wrong.</summary>
    public StorageErrorKind Kind => Error.Kind;
}
