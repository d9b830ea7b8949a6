using System.Runtime.CompilerServices;
using BackupFs.Fuse.Protocol;

namespace BackupFs.Fuse.Serving;

/// <content>Operations on open files and directories.</content>
internal sealed partial class RequestDispatcher
{
    private const uint OpenKillSuidGid = 1; // FUSE_OPEN_KILL_SUIDGID
    private const uint DataOnly = 1; // FUSE_FSYNC_FDATASYNC

    private bool Open(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out OpenIn input))
        {
            return false;
        }

        operations.Open(request, request.Node, (int)input.Flags, (input.OpenFlags & OpenKillSuidGid) != 0);
        return true;
    }

    private bool Opendir(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out OpenIn input))
        {
            return false;
        }

        operations.Opendir(request, request.Node, (int)input.Flags);
        return true;
    }

    private bool Read(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out ReadIn input))
        {
            return false;
        }

        if (input.Size > RequestSlot.MaxData || !IsOffset(input.Offset))
        {
            return Refuse(request, Errno.EINVAL);
        }

        operations.Read(request, request.Node, input.Handle, (long)input.Offset, request.LimitReply(input.Size));
        return true;
    }

    private bool Write(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out WriteIn input) || input.Size > (uint)arguments.Rest.Length)
        {
            return false;
        }

        if (!IsOffset(input.Offset))
        {
            return Refuse(request, Errno.EINVAL);
        }

        ReadOnlyMemory<byte> data = request.Payload((int)input.Size);
        operations.Write(request, request.Node, input.Handle, (long)input.Offset, data, input.WriteFlags);
        return true;
    }

    private bool Flush(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out FlushIn input))
        {
            return false;
        }

        operations.Flush(request, request.Node, input.Handle, input.LockOwner);
        return true;
    }

    private bool Release(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out ReleaseIn input))
        {
            return false;
        }

        if (request.Opcode == FuseOpcode.Releasedir)
        {
            operations.Releasedir(request, request.Node, input.Handle);
        }
        else
        {
            operations.Release(request, request.Node, input.Handle, (int)input.Flags, input.LockOwner);
        }

        return true;
    }

    private bool Fsync(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out FsyncIn input))
        {
            return false;
        }

        bool dataOnly = (input.Flags & DataOnly) != 0;
        if (request.Opcode == FuseOpcode.Fsyncdir)
        {
            operations.Fsyncdir(request, request.Node, input.Handle, dataOnly);
        }
        else
        {
            operations.Fsync(request, request.Node, input.Handle, dataOnly);
        }

        return true;
    }

    private bool Readdir(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out ReadIn input))
        {
            return false;
        }

        int size = request.LimitReply(input.Size);
        if (request.Opcode == FuseOpcode.Readdirplus)
        {
            operations.Readdirplus(request, request.Node, input.Handle, (long)input.Offset, size);
        }
        else
        {
            operations.Readdir(request, request.Node, input.Handle, (long)input.Offset, size);
        }

        return true;
    }

    private bool Fallocate(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out FallocateIn input))
        {
            return false;
        }

        if (!IsOffset(input.Offset) || !IsOffset(input.Length))
        {
            return Refuse(request, Errno.EINVAL);
        }

        operations.Fallocate(request, request.Node, input.Handle, input.Mode, (long)input.Offset, (long)input.Length);
        return true;
    }

    private bool Lseek(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out LseekIn input))
        {
            return false;
        }

        if (!IsOffset(input.Offset) || input.Whence is not (SeekWhence.Data or SeekWhence.Hole))
        {
            return Refuse(request, Errno.EINVAL);
        }

        operations.Lseek(request, request.Node, input.Handle, (long)input.Offset, input.Whence);
        return true;
    }

    private bool CopyFileRange(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out CopyFileRangeIn input))
        {
            return false;
        }

        if (!IsOffset(input.OffsetIn) || !IsOffset(input.OffsetOut))
        {
            return Refuse(request, Errno.EINVAL);
        }

        // The 32-bit form cannot report more; a caller copes with less than it asked for.
        ulong most = request.Opcode == FuseOpcode.CopyFileRange64 ? long.MaxValue : int.MaxValue & ~0xfffUL;
        var range = new CopyFileRangeRequest(
            request.Node,
            input.HandleIn,
            (long)input.OffsetIn,
            input.NodeOut,
            input.HandleOut,
            (long)input.OffsetOut,
            (long)Math.Min(input.Length, most),
            input.Flags);
        operations.CopyFileRange(request, in range);
        return true;
    }
}
