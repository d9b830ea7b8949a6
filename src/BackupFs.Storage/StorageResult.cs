using System.Diagnostics.CodeAnalysis;

namespace BackupFs.Storage;

/// <summary>A value or a <see cref="StorageError"/>: expected misses are values, not exceptions.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly struct StorageResult<T>
{
    private readonly T _value;

    /// <summary>A success.</summary>
    public StorageResult(T value)
    {
        _value = value;
        Error = null;
    }

    /// <summary>A failure.</summary>
    public StorageResult(StorageError error)
    {
        _value = default!;
        Error = error;
    }

    /// <summary>The error, or null on success.</summary>
    public StorageError? Error { get; }

    /// <summary>Whether there is a value.</summary>
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsOk => Error is null;

    /// <summary>The value; throws <see cref="StorageException"/> when there is none.</summary>
    public T Value => Error is null ? _value : throw Error.ToException();

    /// <summary>A success.</summary>
    public static implicit operator StorageResult<T>(T value) => new(value);

    /// <summary>A failure.</summary>
    public static implicit operator StorageResult<T>(StorageError error) => new(error);

    /// <summary>A failure without details.</summary>
    public static implicit operator StorageResult<T>(StorageErrorKind kind) => new(new StorageError(kind));
}

/// <summary>The value of an operation that returns nothing but success.</summary>
public readonly record struct Done
{
    /// <summary>Success.</summary>
    public static StorageResult<Done> Ok => default(Done);
}
