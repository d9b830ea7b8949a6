namespace BackupFs.WinFsp;

/// <summary>What an operation answers: a value, or a status that says why there is none.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
public readonly struct WinFspResult<T>
{
    private WinFspResult(NtStatus status, T? value)
    {
        Status = status;
        Value = value;
    }

    /// <summary><see cref="NtStatus.Success"/>, or why there is no value.</summary>
    public NtStatus Status { get; }

    /// <summary>The value; set when the status is a success.</summary>
    public T? Value { get; }

    /// <summary>A success.</summary>
    public static implicit operator WinFspResult<T>(T value) => new(NtStatus.Success, value);

    /// <summary>A failure; a status of success would lack its value and is refused.</summary>
    public static implicit operator WinFspResult<T>(NtStatus status) =>
        status.IsSuccess() ? throw new ArgumentException("A success needs a value.", nameof(status)) : new(status, default);
}
