namespace BackupFs.Mount;

/// <summary>How a file system is mounted. Immutable.</summary>
public sealed record MountOptions
{
    /// <summary>The directory to mount on (Linux), absolute; or <c>/dev/fd/N</c> for a descriptor that is mounted already.</summary>
    public required string MountPoint { get; init; }

    /// <summary>What the mount table shows as the source: the storage's location, without secrets.</summary>
    public required string Source { get; init; }

    /// <summary>Mount read-only.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Let other users in; file modes are enforced by the kernel.</summary>
    public bool AllowOther { get; init; }

    /// <summary>Show this owner for everything, instead of the stored one.</summary>
    public uint? UserId { get; init; }

    /// <summary>Show this group for everything, instead of the stored one.</summary>
    public uint? GroupId { get; init; }

    /// <summary>Mode bits hidden from everything shown, 0..0o777.</summary>
    public int Umask { get; init; }

    /// <summary>Which contents the kernel may move without us.</summary>
    public PassthroughMode Passthrough { get; init; } = PassthroughMode.Auto;

    /// <summary>
    /// Further options of mount(8). <c>noexec</c> has an effect; nosuid, nodev and noatime are always on, and what has no
    /// meaning for backups (sync, lazytime…) is accepted and does nothing.
    /// </summary>
    public IReadOnlyList<string> KernelOptions { get; init; } = [];
}
