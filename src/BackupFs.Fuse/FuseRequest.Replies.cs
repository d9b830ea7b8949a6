using BackupFs.Fuse.Protocol;
using BackupFs.Fuse.Serving;

namespace BackupFs.Fuse;

/// <content>The replies.</content>
public readonly partial struct FuseRequest
{
    private const int MaxErrno = 511;

    /// <summary>Answers with an error.</summary>
    public bool ReplyError(Errno error)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan((int)error, 1, nameof(error));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)error, MaxErrno, nameof(error));
        return Claim().SendError(error);
    }

    /// <summary>Answers that all went well, without data.</summary>
    public bool ReplyOk() => Claim().SendError(Errno.None);

    /// <summary>Answers LOOKUP, MKNOD, MKDIR, SYMLINK and LINK.</summary>
    public bool ReplyEntry(in FuseEntry entry) => Claim().Send(entry.ToWire());

    /// <summary>Answers GETATTR and SETATTR.</summary>
    /// <param name="attributes">The attributes.</param>
    /// <param name="validFor">How long the kernel may believe them.</param>
    public bool ReplyAttributes(in FuseAttributes attributes, TimeSpan validFor)
    {
        (ulong seconds, uint nanoseconds) = WireTime.Split(validFor);
        return Claim().Send(new AttrOut
        {
            ValidSeconds = seconds,
            ValidNanoseconds = nanoseconds,
            Attributes = attributes.ToWire(),
        });
    }

    /// <summary>Answers OPEN and OPENDIR.</summary>
    /// <param name="handle">A number of the file system's choice, given with every operation on the open file.</param>
    /// <param name="flags">How the kernel shall treat it.</param>
    /// <param name="backingId">With <see cref="OpenReplyFlags.Passthrough"/>, the <see cref="BackingFile.Id"/>.</param>
    public bool ReplyOpened(ulong handle, OpenReplyFlags flags = OpenReplyFlags.None, int backingId = 0) =>
        Claim().Send(new OpenOut { Handle = handle, OpenFlags = flags, BackingId = backingId });

    /// <summary>Answers CREATE and TMPFILE.</summary>
    /// <param name="entry">The new file; one lookup.</param>
    /// <param name="handle">As in <see cref="ReplyOpened"/>.</param>
    /// <param name="flags">As in <see cref="ReplyOpened"/>.</param>
    /// <param name="backingId">As in <see cref="ReplyOpened"/>.</param>
    public bool ReplyCreated(in FuseEntry entry, ulong handle, OpenReplyFlags flags = OpenReplyFlags.None, int backingId = 0) =>
        Claim().Send(new CreateOut
        {
            Entry = entry.ToWire(),
            Open = new OpenOut { Handle = handle, OpenFlags = flags, BackingId = backingId },
        });

    /// <summary>Answers READ and READLINK with the first bytes of <see cref="ReplyBuffer"/>.</summary>
    public bool ReplyData(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        RequestSlot slot = Slot;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Math.Min(slot.ReplyCapacity, slot.ReplyBuffer.Length));
        ReadOnlySpan<byte> data = slot.ReplyBuffer.Span[..count];
        return Claim().SendData(data);
    }

    /// <summary>Answers READ and READLINK.</summary>
    public bool ReplyData(ReadOnlySpan<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, Slot.ReplyCapacity, nameof(data));
        return Claim().SendData(data);
    }

    /// <summary>Answers WRITE.</summary>
    public bool ReplyWritten(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return Claim().Send(new WriteOut { Size = (uint)count });
    }

    /// <summary>Answers COPY_FILE_RANGE; at most 2 GiB - 1 where the kernel uses the 32-bit form.</summary>
    public bool ReplyCopied(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (Opcode == FuseOpcode.CopyFileRange64)
        {
            return Claim().Send((ulong)count);
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, int.MaxValue);
        return Claim().Send(new WriteOut { Size = (uint)count });
    }

    /// <summary>Answers STATFS.</summary>
    public bool ReplyStatfs(in FuseStatfs figures) => Claim().Send(figures.ToWire());

    /// <summary>
    /// Answers GETXATTR and LISTXATTR with the value, or with its size when only that was asked for, or ERANGE when
    /// it does not fit.
    /// </summary>
    public bool ReplyXattr(ReadOnlySpan<byte> value)
    {
        int capacity = Slot.ReplyCapacity;
        return capacity == 0 ? ReplyXattrSize(value.Length)
            : value.Length > capacity ? ReplyError(Errno.ERANGE)
            : Claim().SendData(value);
    }

    /// <summary>Answers GETXATTR and LISTXATTR of size 0 with the size of the value.</summary>
    public bool ReplyXattrSize(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return Claim().Send(new GetxattrIn { Size = (uint)size });
    }

    /// <summary>Answers LSEEK.</summary>
    public bool ReplyLseek(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return Claim().Send((ulong)offset);
    }

    /// <summary>Answers STATX.</summary>
    public bool ReplyStatx(in FuseStatx status, TimeSpan validFor) => Claim().Send(status.ToWire(validFor));

    /// <summary>Answers READDIR and READDIRPLUS. When false, the entries took no lookups.</summary>
    public bool ReplyDirectory(in DirectoryWriter writer)
    {
        ReadOnlySpan<byte> data = Slot.ReplyBuffer.Span[..writer.Length];
        return Claim().SendData(data);
    }

    /// <summary>Answers with an error unless an answer was given; for the end of a failed handler.</summary>
    internal bool TryReplyError(Errno error)
    {
        if (!_slot.TryClaim(_ticket))
        {
            return false;
        }

        _slot.SendError(error);
        return true;
    }

    private RequestSlot Claim() => _slot.TryClaim(_ticket)
        ? _slot
        : throw new InvalidOperationException("The request was answered before.");
}
