namespace BackupFs.WinFsp;

/// <summary>Mounting failed; the message says what to do about it.</summary>
public sealed class WinFspMountException : Exception
{
    /// <summary>A failure.</summary>
    public WinFspMountException(WinFspMountFailure failure, NtStatus status, string message)
        : base(message)
    {
        Failure = failure;
        Status = status;
    }

    /// <summary>A failure caused by another.</summary>
    public WinFspMountException(WinFspMountFailure failure, string message, Exception inner)
        : base(message, inner)
    {
        Failure = failure;
        Status = NtStatus.Unsuccessful;
    }

    /// <summary>Why.</summary>
    public WinFspMountFailure Failure { get; }

    /// <summary>The status that WinFsp answered.</summary>
    public NtStatus Status { get; }
}
