using System.Runtime.CompilerServices;
using BackupFs.Fuse.Protocol;

namespace BackupFs.Fuse.Serving;

/// <content>Attributes, plain and extended.</content>
internal sealed partial class RequestDispatcher
{
    private const uint GetattrHandle = 1; // FUSE_GETATTR_FH
    private const int PlainSetxattrLength = 8; // without FUSE_SETXATTR_EXT

    private bool Getattr(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out GetattrIn input))
        {
            return false;
        }

        operations.Getattr(request, request.Node, (input.Flags & GetattrHandle) != 0 ? input.Handle : null);
        return true;
    }

    private bool Setattr(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out SetattrIn input))
        {
            return false;
        }

        if (input.Valid.HasFlag(SetattrFields.Size) && !IsOffset(input.Size))
        {
            return Refuse(request, Errno.EINVAL);
        }

        operations.Setattr(request, request.Node, new SetattrRequest(in input));
        return true;
    }

    private bool Statx(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out StatxIn input))
        {
            return false;
        }

        ulong? handle = (input.GetattrFlags & GetattrHandle) != 0 ? input.Handle : null;
        operations.Statx(request, request.Node, handle, input.Flags, input.Mask);
        return true;
    }

    private bool Access(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out AccessIn input))
        {
            return false;
        }

        operations.Access(request, request.Node, input.Mask);
        return true;
    }

    private bool Setxattr(FuseRequest request, RequestReader arguments)
    {
        int length = Features.HasFlag(FuseFeatures.SetxattrExtended) ? Unsafe.SizeOf<SetxattrIn>() : PlainSetxattrLength;
        if (!arguments.TryReadPrefix(length, out SetxattrIn input)
            || !arguments.TryReadText(out ReadOnlySpan<byte> name)
            || !arguments.TryReadBytes(input.Size, out ReadOnlySpan<byte> value))
        {
            return false;
        }

        operations.Setxattr(request, request.Node, name, value, input.Flags);
        return true;
    }

    private bool Getxattr(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out GetxattrIn input) || !arguments.TryReadText(out ReadOnlySpan<byte> name))
        {
            return false;
        }

        operations.Getxattr(request, request.Node, name, request.LimitReply(input.Size));
        return true;
    }

    private bool Listxattr(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out GetxattrIn input))
        {
            return false;
        }

        operations.Listxattr(request, request.Node, request.LimitReply(input.Size));
        return true;
    }

    private bool Removexattr(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryReadText(out ReadOnlySpan<byte> name))
        {
            return false;
        }

        operations.Removexattr(request, request.Node, name);
        return true;
    }
}
