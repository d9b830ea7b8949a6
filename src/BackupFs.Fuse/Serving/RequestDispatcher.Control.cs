using System.Runtime.CompilerServices;
using BackupFs.Fuse.Protocol;

namespace BackupFs.Fuse.Serving;

/// <content>Messages without a reply of the file system.</content>
internal sealed partial class RequestDispatcher
{
    private bool Forget(FuseRequest request, RequestReader arguments)
    {
        ulong node = request.Node;
        request.EndWithoutReply();
        if (arguments.TryRead(out ulong count))
        {
            operations.Forget(node, count);
        }

        return true; // never answered, not even when malformed
    }

    private bool BatchForget(FuseRequest request, RequestReader arguments)
    {
        request.EndWithoutReply();
        if (arguments.TryRead(out BatchForgetIn batch))
        {
            uint count = Math.Min(batch.Count, (uint)(arguments.Rest.Length / Unsafe.SizeOf<ForgetOne>()));
            for (; count > 0 && arguments.TryRead(out ForgetOne one); count--)
            {
                operations.Forget(one.Node, one.Count);
            }
        }

        return true;
    }

    private bool Interrupt(FuseRequest request, RequestReader arguments)
    {
        // The answer to an interrupted request is the answer; INTERRUPT itself is answered only to have it repeated.
        if (arguments.TryRead(out ulong unique) && !interrupts.Interrupt(unique))
        {
            request.ReplyError(Errno.EAGAIN);
        }
        else
        {
            request.EndWithoutReply();
        }

        return true;
    }
}
