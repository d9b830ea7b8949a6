using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BackupFs.Fuse.Protocol;
using BackupFs.Fuse.Transport;
using Microsoft.Extensions.Logging;

namespace BackupFs.Fuse.Serving;

/// <summary>
/// From bytes of the kernel to a call of the file system. Nothing in a request can make it fail: what is malformed
/// gets EIO, what is unknown ENOSYS. Thread-safe.
/// </summary>
internal sealed partial class RequestDispatcher(IFuseOperations operations, InterruptTable interrupts, ILogger log)
{
    /// <summary>Length of the smallest message that can be answered.</summary>
    internal static readonly int HeaderLength = Unsafe.SizeOf<InHeader>();

    /// <summary>Features in use, which decide the form of some requests.</summary>
    internal FuseFeatures Features { get; set; }

    /// <summary>
    /// Handles the request that was read into a slot. True when the slot is free again; otherwise the request is
    /// pending, and its reply returns the slot to the pool.
    /// </summary>
    internal bool Dispatch(RequestSlot slot, int received, IFuseChannel channel)
    {
        ReadOnlySpan<byte> message = slot.ReceiveBuffer[..received];
        if (!MemoryMarshal.TryRead(message, out InHeader header))
        {
            log.Malformed(default, received, Errno.EIO);
            return true;
        }

        long ticket = slot.Begin(in header, channel);
        var request = new FuseRequest(slot, ticket);
        interrupts.Registered(slot, header.Unique);
        try
        {
            int extensions = header.ExtensionLength * 8;
            bool wellFormed = header.Length == (uint)received && extensions <= received - HeaderLength
                && Handle(request, new RequestReader(message[HeaderLength..^extensions]));
            if (!wellFormed && request.TryReplyError(Errno.EIO))
            {
                log.Malformed(header.Opcode, received, Errno.EIO);
            }
        }
        catch (Exception exception)
        {
            log.HandlerFailed(exception, header.Opcode, header.Node);
            request.TryReplyError(Errno.EIO);
        }

        return slot.ReleaseAfterHandler();
    }

    // Each of the methods returns false when the arguments cannot be read.
    private bool Handle(FuseRequest request, RequestReader arguments)
    {
        switch (request.Opcode)
        {
            case FuseOpcode.Lookup: return Lookup(request, arguments);
            case FuseOpcode.Forget: return Forget(request, arguments);
            case FuseOpcode.BatchForget: return BatchForget(request, arguments);
            case FuseOpcode.Interrupt: return Interrupt(request, arguments);
            case FuseOpcode.Destroy: return request.ReplyOk() || true;
            case FuseOpcode.Getattr: return Getattr(request, arguments);
            case FuseOpcode.Setattr: return Setattr(request, arguments);
            case FuseOpcode.Statx: return Statx(request, arguments);
            case FuseOpcode.Access: return Access(request, arguments);
            case FuseOpcode.Readlink: operations.Readlink(request, request.Node); return true;
            case FuseOpcode.Statfs: operations.Statfs(request, request.Node); return true;
            case FuseOpcode.Symlink: return Symlink(request, arguments);
            case FuseOpcode.Mknod: return Mknod(request, arguments);
            case FuseOpcode.Mkdir: return Mkdir(request, arguments);
            case FuseOpcode.Unlink: return Unlink(request, arguments);
            case FuseOpcode.Rmdir: return Rmdir(request, arguments);
            case FuseOpcode.Rename: return Rename(request, arguments, Unsafe.SizeOf<ulong>());
            case FuseOpcode.Rename2: return Rename(request, arguments, Unsafe.SizeOf<Rename2In>());
            case FuseOpcode.Link: return Link(request, arguments);
            case FuseOpcode.Open: return Open(request, arguments);
            case FuseOpcode.Opendir: return Opendir(request, arguments);
            case FuseOpcode.Create: return Create(request, arguments);
            case FuseOpcode.Tmpfile: return Tmpfile(request, arguments);
            case FuseOpcode.Read: return Read(request, arguments);
            case FuseOpcode.Write: return Write(request, arguments);
            case FuseOpcode.Flush: return Flush(request, arguments);
            case FuseOpcode.Release: return Release(request, arguments);
            case FuseOpcode.Releasedir: return Release(request, arguments);
            case FuseOpcode.Fsync: return Fsync(request, arguments);
            case FuseOpcode.Fsyncdir: return Fsync(request, arguments);
            case FuseOpcode.Readdir: return Readdir(request, arguments);
            case FuseOpcode.Readdirplus: return Readdir(request, arguments);
            case FuseOpcode.Setxattr: return Setxattr(request, arguments);
            case FuseOpcode.Getxattr: return Getxattr(request, arguments);
            case FuseOpcode.Listxattr: return Listxattr(request, arguments);
            case FuseOpcode.Removexattr: return Removexattr(request, arguments);
            case FuseOpcode.Fallocate: return Fallocate(request, arguments);
            case FuseOpcode.Lseek: return Lseek(request, arguments);
            case FuseOpcode.CopyFileRange: return CopyFileRange(request, arguments);
            case FuseOpcode.CopyFileRange64: return CopyFileRange(request, arguments);
            default:
                // Locks, ioctl, poll, bmap, DAX, syncfs and whatever later kernels add: not served.
                request.ReplyError(Errno.ENOSYS);
                return true;
        }
    }

    // Offsets and lengths beyond 2^63 - 1 come from nobody but a broken kernel.
    private static bool IsOffset(ulong value) => value <= long.MaxValue;

    private static bool Refuse(FuseRequest request, Errno error)
    {
        request.ReplyError(error);
        return true;
    }
}
