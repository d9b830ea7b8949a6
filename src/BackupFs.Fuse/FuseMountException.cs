namespace BackupFs.Fuse;

/// <summary>Mounting or unmounting failed; the message says what to do about it.</summary>
public sealed class FuseMountException : Exception
{
    /// <summary>A failure.</summary>
    public FuseMountException(FuseMountFailure failure, Errno error, string message)
        : base(message)
    {
        Failure = failure;
        Error = error;
    }

    /// <summary>A failure caused by another.</summary>
    public FuseMountException(FuseMountFailure failure, string message, Exception inner)
        : base(message, inner)
    {
        Failure = failure;
    }

    /// <summary>Why.</summary>
    public FuseMountFailure Failure { get; }

    /// <summary>The system's error, or <see cref="Errno.None"/>.</summary>
    public Errno Error { get; }
}
