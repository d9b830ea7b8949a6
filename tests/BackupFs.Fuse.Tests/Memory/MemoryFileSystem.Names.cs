namespace BackupFs.Fuse.Tests.Memory;

/// <content>Operations on names.</content>
internal partial class MemoryFileSystem
{
    public virtual void Lookup(FuseRequest request, ulong parent, ReadOnlySpan<byte> name)
    {
        MemoryNode? node;
        FuseEntry entry;
        lock (Gate)
        {
            node = Find(parent)?.Children.GetValueOrDefault(Text(name));
            entry = node is null ? default : Entry(node);
        }

        if (node is null)
        {
            request.ReplyError(Errno.ENOENT);
        }
        else
        {
            Undo(request.ReplyEntry(in entry), node);
        }
    }

    public void Mkdir(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, uint mode) =>
        Make(request, parent, name, MemoryNode.Directory | (mode & 0xfff), []);

    public void Mknod(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, uint mode, uint device) =>
        Make(request, parent, name, mode, []);

    public void Symlink(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target) =>
        Make(request, parent, name, MemoryNode.SymbolicLink | 0x1ff, target.ToArray());

    public void Link(FuseRequest request, ulong node, ulong newParent, ReadOnlySpan<byte> newName)
    {
        FuseEntry entry;
        MemoryNode found;
        lock (Gate)
        {
            found = Find(node)!;
            if (!Find(newParent)!.Children.TryAdd(Text(newName), found))
            {
                request.ReplyError(Errno.EEXIST);
                return;
            }

            found.Links++;
            entry = Entry(found);
        }

        Undo(request.ReplyEntry(in entry), found);
    }

    public void Unlink(FuseRequest request, ulong parent, ReadOnlySpan<byte> name) => Remove(request, parent, name, directory: false);

    public void Rmdir(FuseRequest request, ulong parent, ReadOnlySpan<byte> name) => Remove(request, parent, name, directory: true);

    public void Rename(
        FuseRequest request, ulong parent, ReadOnlySpan<byte> name, ulong newParent, ReadOnlySpan<byte> newName, RenameFlags flags)
    {
        Errno error = Errno.None;
        lock (Gate)
        {
            SortedDictionary<string, MemoryNode> from = Find(parent)!.Children;
            SortedDictionary<string, MemoryNode> to = Find(newParent)!.Children;
            MemoryNode? source = from.GetValueOrDefault(Text(name));
            MemoryNode? target = to.GetValueOrDefault(Text(newName));
            error = source is null ? Errno.ENOENT
                : flags == RenameFlags.NoReplace && target is not null ? Errno.EEXIST
                : flags is not (RenameFlags.None or RenameFlags.NoReplace) ? Errno.EINVAL
                : target is { IsDirectory: true, Children.Count: > 0 } ? Errno.ENOTEMPTY
                : Errno.None;
            if (error == Errno.None)
            {
                from.Remove(Text(name));
                to[Text(newName)] = source!;
                if (target is not null && target != source)
                {
                    Drop(target);
                }
            }
        }

        Answer(request, error);
    }

    public void Create(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, uint mode, int flags)
    {
        FuseEntry entry;
        MemoryNode node;
        lock (Gate)
        {
            node = Add(mode, request);
            if (!Find(parent)!.Children.TryAdd(Text(name), node))
            {
                Drop(node);
                request.ReplyError(Errno.EEXIST);
                return;
            }

            node.Opens++;
            entry = Entry(node);
        }

        ReplyCreated(request, in entry, node);
    }

    public void Tmpfile(FuseRequest request, ulong parent, uint mode, int flags)
    {
        FuseEntry entry;
        MemoryNode node;
        lock (Gate)
        {
            node = Add(mode, request);
            node.Links = 0;
            node.Opens++;
            entry = Entry(node);
        }

        ReplyCreated(request, in entry, node);
    }

    protected virtual void ReplyCreated(FuseRequest request, in FuseEntry entry, MemoryNode node)
    {
        bool delivered = request.ReplyCreated(in entry, node.Id);
        if (!delivered)
        {
            Closed(node);
        }

        Undo(delivered, node);
    }

    protected static void Answer(FuseRequest request, Errno error)
    {
        if (error == Errno.None)
        {
            request.ReplyOk();
        }
        else
        {
            request.ReplyError(error);
        }
    }

    private void Make(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, uint mode, byte[] data)
    {
        FuseEntry entry;
        MemoryNode node;
        lock (Gate)
        {
            node = Add(mode, request);
            node.Data = data;
            node.Size = data.Length;
            if (!Find(parent)!.Children.TryAdd(Text(name), node))
            {
                Drop(node);
                request.ReplyError(Errno.EEXIST);
                return;
            }

            entry = Entry(node);
        }

        Undo(request.ReplyEntry(in entry), node);
    }

    private void Remove(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, bool directory)
    {
        Errno error;
        lock (Gate)
        {
            SortedDictionary<string, MemoryNode> children = Find(parent)!.Children;
            MemoryNode? node = children.GetValueOrDefault(Text(name));
            error = node is null ? Errno.ENOENT
                : directory && !node.IsDirectory ? Errno.ENOTDIR
                : directory && node.Children.Count > 0 ? Errno.ENOTEMPTY
                : Errno.None;
            if (error == Errno.None)
            {
                children.Remove(Text(name));
                Drop(node!);
            }
        }

        Answer(request, error);
    }

    private void Drop(MemoryNode node)
    {
        node.Links--;
        Reap(node);
    }
}
