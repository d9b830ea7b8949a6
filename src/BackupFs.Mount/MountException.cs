namespace BackupFs.Mount;

/// <summary>Mounting or unmounting failed; the message says why and what to do.</summary>
public sealed class MountException : Exception
{
    /// <summary>With a sentence for the user and, if there was one, the cause.</summary>
    public MountException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Whether a path, or something on the way there, was not there.</summary>
    public bool IsNotFound { get; init; }
}
