using BackupFs.Fuse.Protocol;

namespace BackupFs.Fuse.Serving;

/// <content>Operations on names.</content>
internal sealed partial class RequestDispatcher
{
    private bool Lookup(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryReadName(out ReadOnlySpan<byte> name))
        {
            return false;
        }

        operations.Lookup(request, request.Node, name);
        return true;
    }

    private bool Symlink(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryReadName(out ReadOnlySpan<byte> name) || !arguments.TryReadText(out ReadOnlySpan<byte> target))
        {
            return false;
        }

        operations.Symlink(request, request.Node, name, target);
        return true;
    }

    private bool Mknod(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out MknodIn input) || !arguments.TryReadName(out ReadOnlySpan<byte> name))
        {
            return false;
        }

        operations.Mknod(request, request.Node, name, input.Mode, input.Device);
        return true;
    }

    private bool Mkdir(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out MkdirIn input) || !arguments.TryReadName(out ReadOnlySpan<byte> name))
        {
            return false;
        }

        operations.Mkdir(request, request.Node, name, input.Mode);
        return true;
    }

    private bool Unlink(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryReadName(out ReadOnlySpan<byte> name))
        {
            return false;
        }

        operations.Unlink(request, request.Node, name);
        return true;
    }

    private bool Rmdir(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryReadName(out ReadOnlySpan<byte> name))
        {
            return false;
        }

        operations.Rmdir(request, request.Node, name);
        return true;
    }

    private bool Rename(FuseRequest request, RequestReader arguments, int length)
    {
        if (!arguments.TryReadPrefix(length, out Rename2In input)
            || !arguments.TryReadName(out ReadOnlySpan<byte> name)
            || !arguments.TryReadName(out ReadOnlySpan<byte> newName))
        {
            return false;
        }

        operations.Rename(request, request.Node, name, input.NewDirectory, newName, input.Flags);
        return true;
    }

    private bool Link(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out ulong node) || !arguments.TryReadName(out ReadOnlySpan<byte> name))
        {
            return false;
        }

        operations.Link(request, node, request.Node, name);
        return true;
    }

    private bool Create(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out CreateIn input) || !arguments.TryReadName(out ReadOnlySpan<byte> name))
        {
            return false;
        }

        operations.Create(request, request.Node, name, input.Mode, (int)input.Flags);
        return true;
    }

    private bool Tmpfile(FuseRequest request, RequestReader arguments)
    {
        if (!arguments.TryRead(out CreateIn input))
        {
            return false;
        }

        operations.Tmpfile(request, request.Node, input.Mode, (int)input.Flags);
        return true;
    }
}
