namespace BackupFs.FileSystem.Tests.Model;

/// <summary>What is done to a backup.</summary>
public enum OperationKind
{
    /// <summary>mkdir.</summary>
    MakeDirectory,

    /// <summary>Create or truncate, write, close.</summary>
    Write,

    /// <summary>Open and write at the end.</summary>
    Append,

    /// <summary>truncate(2).</summary>
    Truncate,

    /// <summary>symlink.</summary>
    MakeSymbolicLink,

    /// <summary>link.</summary>
    Link,

    /// <summary>unlink.</summary>
    Unlink,

    /// <summary>rmdir.</summary>
    RemoveDirectory,

    /// <summary>rename.</summary>
    Rename,

    /// <summary>rename with RENAME_NOREPLACE.</summary>
    RenameNoReplace,

    /// <summary>rename with RENAME_EXCHANGE.</summary>
    Exchange,

    /// <summary>chmod.</summary>
    ChangeMode,

    /// <summary>A look-up whose reference is kept, as the kernel keeps it.</summary>
    Keep,
}

/// <summary>One step: an operation on one or two paths within the backup.</summary>
public sealed record Operation(OperationKind Kind, string Path, string Other, int Number)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Path} {Other} {Number}";
}
