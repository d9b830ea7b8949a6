using BackupFs.Fuse.Protocol;

namespace BackupFs.Fuse;

/// <summary>What a SETATTR changes. Only the values named in <see cref="Fields"/> are meaningful.</summary>
public readonly record struct SetattrRequest
{
    internal SetattrRequest(in SetattrIn wire)
    {
        Fields = wire.Valid;
        Handle = wire.Valid.HasFlag(SetattrFields.Handle) ? wire.Handle : null;
        Size = wire.Size;
        LockOwner = wire.Valid.HasFlag(SetattrFields.LockOwner) ? wire.LockOwner : null;
        AccessTime = new FuseTime((long)wire.AccessTime, wire.AccessNanoseconds);
        ModificationTime = new FuseTime((long)wire.ModificationTime, wire.ModificationNanoseconds);
        ChangeTime = new FuseTime((long)wire.ChangeTime, wire.ChangeNanoseconds);
        Mode = wire.Mode;
        UserId = wire.UserId;
        GroupId = wire.GroupId;
    }

    /// <summary>Which fields change.</summary>
    public SetattrFields Fields { get; init; }

    /// <summary>The open file the change was made through (ftruncate, futimens…), or null.</summary>
    public ulong? Handle { get; init; }

    /// <summary>New size in bytes.</summary>
    public ulong Size { get; init; }

    /// <summary>Owner of the locks of the caller, or null.</summary>
    public ulong? LockOwner { get; init; }

    /// <summary>New access time; with <see cref="SetattrFields.AccessTimeNow"/>, take the current time.</summary>
    public FuseTime AccessTime { get; init; }

    /// <summary>New modification time; with <see cref="SetattrFields.ModificationTimeNow"/>, take the current time.</summary>
    public FuseTime ModificationTime { get; init; }

    /// <summary>New change time.</summary>
    public FuseTime ChangeTime { get; init; }

    /// <summary>New mode, with the file type bits.</summary>
    public uint Mode { get; init; }

    /// <summary>New owner.</summary>
    public uint UserId { get; init; }

    /// <summary>New group.</summary>
    public uint GroupId { get; init; }
}
