using System.Text;
using BackupFs.FileSystem;
using BackupFs.Fuse;

namespace BackupFs.Mount.Linux;

/// <content>Open directories.</content>
internal sealed partial class FuseOperations
{
    /// <summary>Entries "." and ".." come first, at positions 1 and 2.</summary>
    private const long DotEntries = 2;

    public void Opendir(FuseRequest request, ulong node, int flags)
    {
        if (!TryInode(request, node, out var inode))
        {
            return;
        }

        var opened = _fileSystem.Opendir(inode);
        if (!opened.IsOk)
        {
            request.ReplyError(ErrnoMap.From(opened.Error));
            return;
        }

        var handle = _handles.Add(opened.Value);
        if (!request.ReplyOpened(handle) && _handles.TryRemove(handle, out OpenDirectory? unseen))
        {
            _fileSystem.Releasedir(unseen);
        }
    }

    public void Readdir(FuseRequest request, ulong node, ulong handle, long offset, int size)
    {
        if (TryDirectory(request, handle, out var directory))
        {
            Start(request, ReaddirAsync(request, directory, offset, withAttributes: false));
        }
    }

    public void Readdirplus(FuseRequest request, ulong node, ulong handle, long offset, int size)
    {
        if (TryDirectory(request, handle, out var directory))
        {
            Start(request, ReaddirAsync(request, directory, offset, withAttributes: true));
        }
    }

    public void Releasedir(FuseRequest request, ulong node, ulong handle)
    {
        if (_handles.TryRemove(handle, out OpenDirectory? directory))
        {
            _fileSystem.Releasedir(directory);
            request.ReplyOk();
        }
        else
        {
            request.ReplyError(Errno.EBADF);
        }
    }

    public void Fsyncdir(FuseRequest request, ulong node, ulong handle, bool dataOnly)
    {
        if (TryInode(request, node, out var inode))
        {
            Start(request, FsyncdirAsync(request, inode));
        }
    }

    private bool TryDirectory(FuseRequest request, ulong handle, out OpenDirectory directory)
    {
        if (_handles.TryGet(handle, out OpenDirectory? found))
        {
            directory = found;
            return true;
        }

        directory = null!;
        request.ReplyError(Errno.EBADF);
        return false;
    }

    private async ValueTask FsyncdirAsync(FuseRequest request, Inode inode) =>
        Reply(request, await _fileSystem.FsyncDirectoryAsync(inode, Waiting(request)).ConfigureAwait(false));

    private async ValueTask ReaddirAsync(FuseRequest request, OpenDirectory directory, long offset, bool withAttributes)
    {
        var listed = await _fileSystem.ReaddirAsync(directory, offset == 0, Waiting(request)).ConfigureAwait(false);
        if (!listed.IsOk)
        {
            request.ReplyError(ErrnoMap.From(listed.Error));
            return;
        }

        var writer = request.CreateDirectoryWriter();
        var acquired = withAttributes ? new List<Inode>() : null;
        var position = Math.Max(offset, 0);
        while (position < DotEntries + listed.Value.Count)
        {
            bool fitted;
            if (position < DotEntries)
            {
                fitted = AddDot(ref writer, directory, position, withAttributes);
            }
            else
            {
                var name = listed.Value[(int)(position - DotEntries)];
                var entry = withAttributes ? await EntryOfAsync(request, directory, name, acquired!).ConfigureAwait(false) : default;
                fitted = Add(ref writer, name, position + 1, withAttributes, entry);
                if (!fitted && entry.Node != 0)
                {
                    _fileSystem.Forget(acquired![^1], 1);
                    acquired.RemoveAt(acquired.Count - 1);
                }
            }

            if (!fitted)
            {
                break;
            }

            position++;
        }

        if (!request.ReplyDirectory(writer))
        {
            acquired?.ForEach(inode => _fileSystem.Forget(inode, 1));
        }
    }

    /// <summary>
    /// The entry with its attributes and one reference; without a node when the name has vanished since, or when the attributes
    /// would cost a request to a storage that is far away: ten thousand backups must not cost ten thousand. The
    /// kernel then asks for those that somebody wants to know.
    /// </summary>
    private async ValueTask<FuseEntry> EntryOfAsync(FuseRequest request, OpenDirectory directory, ListedName name, List<Inode> acquired)
    {
        var found = _mayWait && directory.Inode is DirectoryInode above
            ? _fileSystem.LookupKnown(above, name.Name)
            : await _fileSystem.LookupAsync(directory.Inode, name.Name, Waiting(request)).ConfigureAwait(false);
        if (found.IsOk)
        {
            acquired.Add(found.Value.Inode);
            return _wire.From(found.Value);
        }

        return new FuseEntry
        {
            Attributes = new FuseAttributes { Inode = WireAttributes.InodeOf(name.FileId), Mode = WireAttributes.TypeBits(name.Type) },
        };
    }

    private static bool Add(ref DirectoryWriter writer, in ListedName name, long next, bool withAttributes, in FuseEntry entry)
    {
        Span<byte> bytes = stackalloc byte[Storage.BackupPath.MaximumSegmentBytes];
        bytes = bytes[..Encoding.UTF8.GetBytes(name.Name, bytes)];
        return withAttributes
            ? writer.TryAddPlus(bytes, next, entry)
            : writer.TryAdd(bytes, WireAttributes.InodeOf(name.FileId), next, (DirectoryEntryType)(WireAttributes.TypeBits(name.Type) >> 12));
    }

    private static bool AddDot(ref DirectoryWriter writer, OpenDirectory directory, long position, bool withAttributes)
    {
        var name = position == 0 ? "."u8 : ".."u8;
        var inode = position == 0 ? directory.Inode.Number : WireAttributes.UnknownInode;
        const uint Directory = 0x4000;
        return withAttributes
            ? writer.TryAddPlus(name, position + 1, new FuseEntry { Attributes = new FuseAttributes { Inode = inode, Mode = Directory } })
            : writer.TryAdd(name, inode, position + 1, (DirectoryEntryType)(Directory >> 12));
    }
}
