namespace BackupFs.FileSystem;

/// <summary>How a <see cref="BackupFileSystem"/> behaves. Immutable.</summary>
public sealed record FileSystemOptions
{
    /// <summary>Directory levels above a backup, 1..16; null looks at what is stored and takes 1 for an empty store.</summary>
    public int? DirectoryLevels { get; init; }

    /// <summary>What ends a backup by itself.</summary>
    public EndPolicy End { get; init; } = EndPolicy.Idle;

    /// <summary>How long nothing must happen in a backup before it is ended (<see cref="EndPolicy.Idle"/>), and in a removal before it is undone.</summary>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Which endings of writers count.</summary>
    public WriterPolicy Writers { get; init; } = WriterPolicy.Strict;

    /// <summary>Whether complete backups may be removed.</summary>
    public bool AllowRemove { get; init; }

    /// <summary>Whether incomplete backups are listed.</summary>
    public bool ShowIncomplete { get; init; }

    /// <summary>Whether everything is refused that changes something.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>How long an explicit end waits for files that were closed to be released by the kernel, before it says they are open.</summary>
    public TimeSpan ReleaseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Files that may be on their way to the storage although their close has returned; 0 (close waits until the file is stored)
    /// or more. Ends, fsync and releases wait in any case. Over a storage of local speed it changes nothing.
    /// </summary>
    public int DeferredCloses { get; init; }

    /// <summary>
    /// What leads to the storage again, which the mount point tells whoever asks: a location without secrets; null for the
    /// storage's own.
    /// </summary>
    public string? StorageLocation { get; init; }
}
