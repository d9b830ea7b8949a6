using BackupFs.FileSystem;
using BackupFs.Mount;
using BackupFs.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace BackupFs.Cli.Mounting;

/// <summary>
/// Everything that <c>backupfs mount</c> was asked for, checked. Goes to the background process as JSON through its
/// standard input: a storage's URL may hold secrets, which anyone could read in a process's arguments.
/// </summary>
internal sealed record MountRequest
{
    /// <summary>The storage: a URL or an absolute path; may hold secrets.</summary>
    public required string Storage { get; init; }

    /// <summary>What bounds the storage's transfers, where it is an object storage.</summary>
    public ObjectStorageOptions Objects { get; init; } = new();

    /// <summary>Absolute, or <c>/dev/fd/N</c>.</summary>
    public required string MountPoint { get; init; }

    /// <summary>How the file system behaves.</summary>
    public FileSystemOptions FileSystem { get; init; } = new();

    /// <summary>Let other users in.</summary>
    public bool AllowOther { get; init; }

    /// <summary>Show this owner for everything.</summary>
    public uint? UserId { get; init; }

    /// <summary>Show this group for everything.</summary>
    public uint? GroupId { get; init; }

    /// <summary>Mode bits hidden from everything shown.</summary>
    public int Umask { get; init; }

    /// <summary>What the kernel may move without us.</summary>
    public PassthroughMode Passthrough { get; init; }

    /// <summary>Further options for the kernel.</summary>
    public IReadOnlyList<string> KernelOptions { get; init; } = [];

    /// <summary>The least level that is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>The file to log to, absolute; null logs to standard error.</summary>
    public string? LogFile { get; init; }

    /// <summary>The part of it that a mount adapter has to know.</summary>
    /// <param name="source">The storage's location without secrets.</param>
    public MountOptions ToMountOptions(string source) => new()
    {
        MountPoint = MountPoint,
        Source = source,
        ReadOnly = FileSystem.ReadOnly,
        AllowOther = AllowOther,
        UserId = UserId,
        GroupId = GroupId,
        Umask = Umask,
        Passthrough = Passthrough,
        KernelOptions = KernelOptions,
    };
}
