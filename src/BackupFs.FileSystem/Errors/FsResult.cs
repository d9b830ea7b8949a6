namespace BackupFs.FileSystem;

/// <summary>A value or an <see cref="FsError"/>. Never allocates.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly struct FsResult<T>
{
    private readonly T _value;

    /// <summary>A success.</summary>
    public FsResult(T value)
    {
        _value = value;
        Error = FsError.None;
    }

    /// <summary>A failure.</summary>
    public FsResult(FsError error)
    {
        _value = default!;
        Error = error;
    }

    /// <summary>Why it failed, or None.</summary>
    public FsError Error { get; }

    /// <summary>Whether there is a value.</summary>
    public bool IsOk => Error == FsError.None;

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public T Value => Error == FsError.None ? _value : throw new InvalidOperationException($"the operation failed: {Error}");

    /// <summary>A success.</summary>
    public static implicit operator FsResult<T>(T value) => new(value);

    /// <summary>A failure.</summary>
    public static implicit operator FsResult<T>(FsError error) => new(error);
}
