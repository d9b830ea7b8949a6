namespace BackupFs.Storage;

/// <summary>One rule of a <see cref="FaultPlan"/>: which calls fail, and how.</summary>
public sealed record Fault
{
    /// <summary>
    /// The member without <c>Async</c>, after what it belongs to: <c>Storage.StartBackup</c>, <c>Handle.EndBackup</c>,
    /// <c>Tree.Rename</c>, <c>File.Write</c>; and <c>Stream.Write</c>, <c>Stream.Read</c>, <c>Stream.Dispose</c>.
    /// </summary>
    public required string Operation { get; init; }

    /// <summary>
    /// Which paths: within the backup for trees, files and streams (the path it was opened by), <c>directory/name</c> for handles and for
    /// members of the storage that take a name, else the directory. Null for all.
    /// </summary>
    public Predicate<string>? Path { get; init; }

    /// <summary>The error; null to let the call go on, with <see cref="Until"/>.</summary>
    public StorageError? Error { get; init; }

    /// <summary>Whether the operation takes place; without an <see cref="Error"/>, whether before or after <see cref="Until"/>.</summary>
    public FaultTiming Timing { get; init; }

    /// <summary>Holds the call until this completes: to make two calls meet, deterministically.</summary>
    public Task? Until { get; init; }

    /// <summary>How many matching calls are left alone first.</summary>
    public int Skip { get; init; }

    /// <summary>How many calls it then applies to.</summary>
    public int Times { get; init; } = int.MaxValue;
}
