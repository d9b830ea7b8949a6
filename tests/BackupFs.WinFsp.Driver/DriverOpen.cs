namespace BackupFs.WinFsp.Driver;

/// <summary>The arguments of NtCreateFile; the defaults open a file that exists, with all rights, and share everything.</summary>
public sealed record DriverOpen
{
    /// <summary>What to do when the file exists or not.</summary>
    public CreateDisposition Disposition { get; init; } = CreateDisposition.Open;

    /// <summary>Options.</summary>
    public CreateOptions Options { get; init; }

    /// <summary>The rights asked for, and granted.</summary>
    public FileAccessRights Access { get; init; } = FileAccessRights.All;

    /// <summary>The rights asked for, if they are others than those granted: <see cref="FileAccessRights.MaximumAllowed"/>.</summary>
    public FileAccessRights? Desired { get; init; }

    /// <summary>What others may do meanwhile.</summary>
    public ShareAccess Share { get; init; } = ShareAccess.All;

    /// <summary>Attributes of a file that is created or overwritten.</summary>
    public FileAttributes Attributes { get; init; } = FileAttributes.Normal;

    /// <summary>Security descriptor of a file that is created; empty for what it would inherit.</summary>
    public ReadOnlyMemory<byte> SecurityDescriptor { get; init; }

    /// <summary>Bytes to reserve for a file that is created or overwritten.</summary>
    public ulong AllocationSize { get; init; }

    /// <summary>Extended attributes of a file that is created or overwritten.</summary>
    public IReadOnlyList<WinFspExtendedAttribute> ExtendedAttributes { get; init; } = [];

    /// <summary>The process that opens.</summary>
    public uint ProcessId { get; init; } = (uint)Environment.ProcessId;
}
