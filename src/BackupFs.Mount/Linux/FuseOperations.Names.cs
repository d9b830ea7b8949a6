using BackupFs.FileSystem;
using BackupFs.Fuse;
using BackupFs.Storage;

namespace BackupFs.Mount.Linux;

/// <content>Operations on names.</content>
internal sealed partial class FuseOperations
{
    public void Lookup(FuseRequest request, ulong parent, ReadOnlySpan<byte> name)
    {
        if (TryName(request, parent, name, out var directory, out var text))
        {
            Start(request, LookupAsync(request, directory, text));
        }
    }

    public void Symlink(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
    {
        if (TryNewName(request, parent, name, out var directory, out var text))
        {
            Start(request, SymlinkAsync(request, directory, text, target.ToArray()));
        }
    }

    public void Mknod(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, uint mode, uint device)
    {
        if (!TryNewName(request, parent, name, out var directory, out var text))
        {
            return;
        }

        if (WireAttributes.TypeOf(mode) is { } type)
        {
            Start(request, MknodAsync(request, directory, text, type, device, mode));
        }
        else
        {
            request.ReplyError(Errno.EINVAL);
        }
    }

    public void Mkdir(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, uint mode)
    {
        if (TryNewName(request, parent, name, out var directory, out var text))
        {
            Start(request, MkdirAsync(request, directory, text, mode));
        }
    }

    public void Unlink(FuseRequest request, ulong parent, ReadOnlySpan<byte> name)
    {
        if (TryName(request, parent, name, out var directory, out var text))
        {
            Start(request, UnlinkAsync(request, directory, text));
        }
    }

    public void Rmdir(FuseRequest request, ulong parent, ReadOnlySpan<byte> name)
    {
        if (TryName(request, parent, name, out var directory, out var text))
        {
            Start(request, RmdirAsync(request, directory, text));
        }
    }

    public void Rename(
        FuseRequest request, ulong parent, ReadOnlySpan<byte> name, ulong newParent, ReadOnlySpan<byte> newName, RenameFlags flags)
    {
        if (!TryName(request, parent, name, out var directory, out var text)
            || !TryNewName(request, newParent, newName, out var newDirectory, out var newText))
        {
            return;
        }

        RenameMode? mode = flags switch
        {
            RenameFlags.None => RenameMode.Replace,
            RenameFlags.NoReplace => RenameMode.NoReplace,
            RenameFlags.Exchange => RenameMode.Exchange,
            _ => null,
        };
        if (mode is { } known)
        {
            Start(request, RenameAsync(request, directory, text, newDirectory, newText, known));
        }
        else
        {
            request.ReplyError(Errno.EINVAL);
        }
    }

    public void Link(FuseRequest request, ulong node, ulong newParent, ReadOnlySpan<byte> newName)
    {
        if (TryInode(request, node, out var inode) && TryNewName(request, newParent, newName, out var directory, out var text))
        {
            Start(request, LinkAsync(request, inode, directory, text));
        }
    }

    public void Readlink(FuseRequest request, ulong node)
    {
        if (TryInode(request, node, out var inode))
        {
            Start(request, ReadlinkAsync(request, inode));
        }
    }

    private async ValueTask LookupAsync(FuseRequest request, Inode directory, string name)
    {
        var found = await _fileSystem.LookupAsync(directory, name, Waiting(request)).ConfigureAwait(false);
        if (!found.IsOk && found.Error == FsError.NotFound && directory.MissingNameLifetime > TimeSpan.Zero)
        {
            // Node 0: the kernel may remember that the name is free.
            request.ReplyEntry(new FuseEntry { EntryTimeout = directory.MissingNameLifetime });
            return;
        }

        ReplyEntry(request, found);
    }

    private async ValueTask SymlinkAsync(FuseRequest request, Inode directory, string name, byte[] target) =>
        ReplyMade(request, directory, await _fileSystem.SymlinkAsync(
            directory, name, target, NewEntryOf(request, 0x1ff), CallerOf(request), Waiting(request)).ConfigureAwait(false));

    private async ValueTask MknodAsync(FuseRequest request, Inode directory, string name, EntryType type, uint device, uint mode) =>
        ReplyMade(request, directory, await _fileSystem.MknodAsync(
            directory, name, type, device, NewEntryOf(request, mode), CallerOf(request), Waiting(request)).ConfigureAwait(false));

    private async ValueTask MkdirAsync(FuseRequest request, Inode directory, string name, uint mode) =>
        ReplyMade(request, directory, await _fileSystem.MkdirAsync(
            directory, name, NewEntryOf(request, mode), CallerOf(request), Waiting(request)).ConfigureAwait(false));

    private async ValueTask UnlinkAsync(FuseRequest request, Inode directory, string name) =>
        ReplyRemoved(request, directory, await _fileSystem.UnlinkAsync(directory, name, CallerOf(request), Waiting(request)).ConfigureAwait(false));

    private async ValueTask RmdirAsync(FuseRequest request, Inode directory, string name) =>
        ReplyRemoved(request, directory, await _fileSystem.RmdirAsync(directory, name, CallerOf(request), Waiting(request)).ConfigureAwait(false));

    private async ValueTask RenameAsync(
        FuseRequest request, Inode directory, string name, Inode newDirectory, string newName, RenameMode mode)
    {
        // Above the backups a rename ends one, which may take long: there the caller may stop waiting.
        var waiting = directory is DirectoryInode ? request.Interrupted : Waiting(request);
        var renamed = await _fileSystem.RenameAsync(
            directory, name, newDirectory, newName, mode, CallerOf(request), waiting).ConfigureAwait(false);
        if (renamed == FsError.None && newDirectory != directory)
        {
            DirectoryChanged(newDirectory);
        }

        ReplyRemoved(request, directory, renamed);
    }

    private async ValueTask LinkAsync(FuseRequest request, Inode inode, Inode directory, string name) =>
        ReplyMade(request, directory, await _fileSystem.LinkAsync(
            inode, directory, name, CallerOf(request), Waiting(request)).ConfigureAwait(false));

    private async ValueTask ReadlinkAsync(FuseRequest request, Inode inode)
    {
        var target = await _fileSystem.ReadlinkAsync(inode, Waiting(request)).ConfigureAwait(false);
        if (target.IsOk)
        {
            request.ReplyData(target.Value);
        }
        else
        {
            request.ReplyError(ErrnoMap.From(target.Error));
        }
    }
}
