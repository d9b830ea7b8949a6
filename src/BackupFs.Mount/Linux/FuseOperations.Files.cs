using BackupFs.FileSystem;
using BackupFs.Fuse;
using BackupFs.Storage;

namespace BackupFs.Mount.Linux;

/// <content>Open files.</content>
internal sealed partial class FuseOperations
{
    // Flags of open(2), asm-generic.
    private const int AccessMask = 3, WriteOnly = 1, ReadWrite = 2, Exclusive = 0x80, Truncate = 0x200;

    public void Open(FuseRequest request, ulong node, int flags, bool killPrivileges)
    {
        if (TryInode(request, node, out var inode))
        {
            Start(request, OpenAsync(request, inode, flags, killPrivileges));
        }
    }

    public void Create(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, uint mode, int flags)
    {
        if (TryNewName(request, parent, name, out var directory, out var text))
        {
            Start(request, CreateAsync(request, directory, text, mode, flags));
        }
    }

    public void Tmpfile(FuseRequest request, ulong parent, uint mode, int flags)
    {
        if (TryInode(request, parent, out var directory))
        {
            Start(request, TmpfileAsync(request, directory, mode, flags));
        }
    }

    public void Read(FuseRequest request, ulong node, ulong handle, long offset, int size)
    {
        if (TryFile(request, handle, out var file))
        {
            Start(request, ReadAsync(request, file, offset, size));
        }
    }

    public void Write(FuseRequest request, ulong node, ulong handle, long offset, ReadOnlyMemory<byte> data, WriteFlags flags)
    {
        if (TryFile(request, handle, out var file))
        {
            Start(request, WriteAsync(request, file, offset, data, flags));
        }
    }

    public void Flush(FuseRequest request, ulong node, ulong handle, ulong lockOwner)
    {
        if (TryFile(request, handle, out var file))
        {
            Start(request, FlushAsync(request, file));
        }
    }

    public void Release(FuseRequest request, ulong node, ulong handle, int flags, ulong lockOwner)
    {
        if (_handles.TryRemove(handle, out OpenFile? file))
        {
            Start(request, ReleaseAsync(request, file));
        }
        else
        {
            request.ReplyError(Errno.EBADF);
        }
    }

    public void Fsync(FuseRequest request, ulong node, ulong handle, bool dataOnly)
    {
        if (TryFile(request, handle, out var file))
        {
            Start(request, FsyncAsync(request, file, dataOnly));
        }
    }

    public void Fallocate(FuseRequest request, ulong node, ulong handle, uint mode, long offset, long length)
    {
        // Modes of fallocate(2): KEEP_SIZE 1, PUNCH_HOLE 2 (always with KEEP_SIZE), ZERO_RANGE 0x10.
        AllocateMode? known = mode switch
        {
            0 => AllocateMode.Extend,
            1 => AllocateMode.KeepSize,
            3 => AllocateMode.PunchHole,
            0x10 => AllocateMode.ZeroRange,
            0x11 => AllocateMode.ZeroRangeKeepSize,
            _ => null,
        };
        if (known is null)
        {
            request.ReplyError(Errno.EOPNOTSUPP);
        }
        else if (TryFile(request, handle, out var file))
        {
            Start(request, FallocateAsync(request, file, known.Value, offset, length));
        }
    }

    public void Lseek(FuseRequest request, ulong node, ulong handle, long offset, SeekWhence whence)
    {
        if (TryFile(request, handle, out var file))
        {
            Start(request, LseekAsync(request, file, offset, whence == SeekWhence.Hole ? SeekTarget.Hole : SeekTarget.Data));
        }
    }

    public void CopyFileRange(FuseRequest request, in CopyFileRangeRequest range)
    {
        if (TryFile(request, range.Handle, out var source) && TryFile(request, range.DestinationHandle, out var destination))
        {
            Start(request, CopyFileRangeAsync(request, source, destination, range));
        }
    }

    private static FileAccessMode AccessOf(int flags) => (flags & AccessMask) switch
    {
        WriteOnly => FileAccessMode.Write,
        ReadWrite => FileAccessMode.ReadWrite,
        _ => FileAccessMode.Read,
    };

    private async ValueTask OpenAsync(FuseRequest request, Inode inode, int flags, bool clearSetId)
    {
        var truncate = (flags & Truncate) != 0;
        var opened = await _fileSystem
            .OpenAsync(inode, AccessOf(flags), truncate, CallerOf(request), Waiting(request)).ConfigureAwait(false);
        if (!opened.IsOk)
        {
            request.ReplyError(ErrnoMap.From(opened.Error));
            return;
        }

        if (clearSetId)
        {
            await ClearSetIdAsync(inode, opened.Value, CallerOf(request)).ConfigureAwait(false);
        }

        var handle = _handles.Add(opened.Value);
        var (reply, backing) = HowToServe(opened.Value);
        if (!request.ReplyOpened(handle, reply, backing))
        {
            await CloseUnseenAsync(handle).ConfigureAwait(false);
        }
    }

    private async ValueTask CreateAsync(FuseRequest request, Inode directory, string name, uint mode, int flags) =>
        await ReplyCreatedAsync(request, directory, await _fileSystem.CreateAsync(
            directory, name, NewEntryOf(request, mode), AccessOf(flags), (flags & Exclusive) != 0, (flags & Truncate) != 0,
            CallerOf(request), Waiting(request)).ConfigureAwait(false)).ConfigureAwait(false);

    private async ValueTask TmpfileAsync(FuseRequest request, Inode directory, uint mode, int flags) =>
        await ReplyCreatedAsync(request, directory, await _fileSystem.CreateUnnamedAsync(
            directory, NewEntryOf(request, mode), AccessOf(flags), CallerOf(request), Waiting(request))
            .ConfigureAwait(false)).ConfigureAwait(false);

    private async ValueTask ReplyCreatedAsync(FuseRequest request, Inode directory, FsResult<(FsEntry Entry, OpenFile File)> created)
    {
        if (!created.IsOk)
        {
            request.ReplyError(ErrnoMap.From(created.Error));
            return;
        }

        DirectoryChanged(directory);
        var (entry, file) = created.Value;
        var handle = _handles.Add(file);
        var (reply, backing) = HowToServe(file);
        if (!request.ReplyCreated(_wire.From(entry), handle, reply, backing))
        {
            _fileSystem.Forget(entry.Inode, 1);
            await CloseUnseenAsync(handle).ConfigureAwait(false);
        }
    }

    private (OpenReplyFlags Flags, int BackingId) HowToServe(OpenFile file)
    {
        // Nothing is stored when a reader closes: a request less for each file of a restore.
        var flags = file.IsWritable ? OpenReplyFlags.None : OpenReplyFlags.NoFlush;
        return _passthrough.Acquire(file) is { } backing
            ? (flags | OpenReplyFlags.Passthrough, backing.Id)
            : (flags | (file.MayKeepCache ? OpenReplyFlags.KeepCache : OpenReplyFlags.None), 0);
    }

    /// <summary>The kernel did not take the answer to an open: no release will come for it.</summary>
    private async ValueTask CloseUnseenAsync(ulong handle)
    {
        if (_handles.TryRemove(handle, out OpenFile? file))
        {
            _passthrough.Release(file);
            await _fileSystem.ReleaseAsync(file).ConfigureAwait(false);
        }
    }

    private async ValueTask ReadAsync(FuseRequest request, OpenFile file, long offset, int size)
    {
        var buffer = request.ReplyBuffer;
        size = Math.Min(size, buffer.Length);
        var read = await _fileSystem.ReadAsync(file, buffer[..size], offset, Waiting(request)).ConfigureAwait(false);
        if (read.IsOk)
        {
            request.ReplyData(read.Value);
        }
        else
        {
            request.ReplyError(ErrnoMap.From(read.Error));
        }
    }

    private async ValueTask WriteAsync(FuseRequest request, OpenFile file, long offset, ReadOnlyMemory<byte> data, WriteFlags flags)
    {
        var written = await _fileSystem.WriteAsync(
            file, data, offset, (flags & WriteFlags.KillSuidGid) != 0, Waiting(request)).ConfigureAwait(false);
        if (written.IsOk)
        {
            request.ReplyWritten(written.Value);
        }
        else
        {
            request.ReplyError(ErrnoMap.From(written.Error));
        }
    }

    private async ValueTask FlushAsync(FuseRequest request, OpenFile file) =>
        Reply(request, await _fileSystem.FlushAsync(file, CallerOf(request), Waiting(request)).ConfigureAwait(false));

    private async ValueTask ReleaseAsync(FuseRequest request, OpenFile file)
    {
        _passthrough.Release(file);
        await _fileSystem.ReleaseAsync(file).ConfigureAwait(false);
        request.ReplyOk();
    }

    private async ValueTask FsyncAsync(FuseRequest request, OpenFile file, bool dataOnly) =>
        Reply(request, await _fileSystem.FsyncAsync(file, dataOnly, Waiting(request)).ConfigureAwait(false));

    private async ValueTask FallocateAsync(FuseRequest request, OpenFile file, AllocateMode mode, long offset, long length) =>
        Reply(request, await _fileSystem.FallocateAsync(file, mode, offset, length, Waiting(request)).ConfigureAwait(false));

    private async ValueTask LseekAsync(FuseRequest request, OpenFile file, long offset, SeekTarget target)
    {
        var found = await _fileSystem.LseekAsync(file, target, offset, Waiting(request)).ConfigureAwait(false);
        if (found.IsOk)
        {
            request.ReplyLseek(found.Value);
        }
        else
        {
            request.ReplyError(ErrnoMap.From(found.Error));
        }
    }

    private async ValueTask CopyFileRangeAsync(FuseRequest request, OpenFile source, OpenFile destination, CopyFileRangeRequest range)
    {
        // The older form of the reply has room for 32 bits, and a shorter copy is always allowed.
        const long Most = 1L << 30;
        var copied = await _fileSystem.CopyFileRangeAsync(
            source, range.Offset, destination, range.DestinationOffset, Math.Min(range.Length, Most), Waiting(request))
            .ConfigureAwait(false);
        if (copied.IsOk)
        {
            request.ReplyCopied(copied.Value);
        }
        else
        {
            request.ReplyError(ErrnoMap.From(copied.Error));
        }
    }
}
