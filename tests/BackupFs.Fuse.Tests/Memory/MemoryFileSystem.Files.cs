namespace BackupFs.Fuse.Tests.Memory;

/// <content>Open files.</content>
internal partial class MemoryFileSystem
{
    private const int Truncate = 0x200; // O_TRUNC

    internal List<ulong> Flushes { get; } = [];

    public virtual void Open(FuseRequest request, ulong node, int flags, bool killPrivileges)
    {
        MemoryNode found;
        lock (Gate)
        {
            found = Find(node)!;
            found.Opens++;
            if ((flags & Truncate) != 0)
            {
                found.Resize(0);
            }
        }

        if (!request.ReplyOpened(node))
        {
            Closed(found);
        }
    }

    public virtual void Read(FuseRequest request, ulong node, ulong handle, long offset, int size)
    {
        int count;
        lock (Gate)
        {
            MemoryNode found = Find(node)!;
            count = (int)Math.Clamp(found.Size - offset, 0, size);
            found.Data.AsSpan((int)Math.Min(offset, found.Size), count).CopyTo(request.ReplyBuffer.Span);
        }

        request.ReplyData(count);
    }

    public virtual void Write(FuseRequest request, ulong node, ulong handle, long offset, ReadOnlyMemory<byte> data, WriteFlags flags)
    {
        lock (Gate)
        {
            MemoryNode found = Find(node)!;
            found.Resize(Math.Max(found.Size, offset + data.Length));
            data.Span.CopyTo(found.Data.AsSpan((int)offset));
        }

        request.ReplyWritten(data.Length);
    }

    public virtual void Flush(FuseRequest request, ulong node, ulong handle, ulong lockOwner)
    {
        lock (Gate)
        {
            Flushes.Add(node);
        }

        request.ReplyOk();
    }

    public virtual void Release(FuseRequest request, ulong node, ulong handle, int flags, ulong lockOwner)
    {
        MemoryNode found;
        lock (Gate)
        {
            found = Find(node)!;
        }

        Closed(found);
        request.ReplyOk();
    }

    public virtual void Fsync(FuseRequest request, ulong node, ulong handle, bool dataOnly) => request.ReplyOk();

    public void Fallocate(FuseRequest request, ulong node, ulong handle, uint mode, long offset, long length)
    {
        if (mode != 0)
        {
            request.ReplyError(Errno.EOPNOTSUPP);
            return;
        }

        lock (Gate)
        {
            MemoryNode found = Find(node)!;
            found.Resize(Math.Max(found.Size, offset + length));
        }

        request.ReplyOk();
    }

    public void Lseek(FuseRequest request, ulong node, ulong handle, long offset, SeekWhence whence)
    {
        int size;
        lock (Gate)
        {
            size = Find(node)!.Size;
        }

        if (offset >= size)
        {
            request.ReplyError(Errno.ENXIO);
        }
        else
        {
            request.ReplyLseek(whence == SeekWhence.Data ? offset : size);
        }
    }

    public void CopyFileRange(FuseRequest request, in CopyFileRangeRequest range)
    {
        int count;
        lock (Gate)
        {
            MemoryNode from = Find(range.Node)!;
            MemoryNode to = Find(range.DestinationNode)!;
            count = (int)Math.Clamp(from.Size - range.Offset, 0, range.Length);
            to.Resize(Math.Max(to.Size, range.DestinationOffset + count));
            from.Data.AsSpan((int)range.Offset, count).CopyTo(to.Data.AsSpan((int)range.DestinationOffset));
        }

        request.ReplyCopied(count);
    }

    private void Closed(MemoryNode node)
    {
        lock (Gate)
        {
            node.Opens--;
            Reap(node);
        }
    }
}
