using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>The content of files.</summary>
public sealed partial class BackupFileSystem
{
    /// <summary>Reads; fewer bytes than asked for means the end of the file.</summary>
    public ValueTask<FsResult<int>> ReadAsync(OpenFile file, Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        var reading = file.File.ReadAsync(buffer, offset, cancellationToken);
        return reading.IsCompletedSuccessfully ? new(ReadResult(file, reading.Result)) : AwaitAsync(file, reading);

        async ValueTask<FsResult<int>> AwaitAsync(OpenFile file, ValueTask<StorageResult<int>> reading) =>
            ReadResult(file, await reading.ConfigureAwait(false));
    }

    /// <summary>Writes all of it or fails; a failure is recorded and forbids the end of the backup until the file is written anew.</summary>
    /// <param name="file">The handle.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="offset">Where.</param>
    /// <param name="clearSetId">Clear set-id bits, as a write by an ordinary user does.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public ValueTask<FsResult<int>> WriteAsync(
        OpenFile file, ReadOnlyMemory<byte> data, long offset, bool clearSetId, CancellationToken cancellationToken)
    {
        if (!file.IsWritable)
        {
            return new(FsError.BadHandle);
        }

        var writing = file.File.WriteAsync(data, offset, cancellationToken);
        return writing.IsCompletedSuccessfully && !clearSetId ? new(WriteResult(file, writing.Result)) : AwaitAsync(file, writing, clearSetId, cancellationToken);

        async ValueTask<FsResult<int>> AwaitAsync(
            OpenFile file, ValueTask<StorageResult<int>> writing, bool clearSetId, CancellationToken cancellationToken)
        {
            var written = await writing.ConfigureAwait(false);
            if (written.IsOk && clearSetId)
            {
                await ClearSetIdAsync(file, cancellationToken).ConfigureAwait(false);
            }

            return WriteResult(file, written);
        }
    }

    /// <summary>
    /// One descriptor of the handle was closed. Returns what close(2) returns: the first error a write through this handle
    /// met, or what the storage says now.
    /// </summary>
    public async ValueTask<FsError> FlushAsync(OpenFile file, Caller caller, CancellationToken cancellationToken)
    {
        if (file.Life is not { } life)
        {
            return FsError.None;
        }

        life.OnFlushed(file, caller.Id);
        if (file.WriteError is { } earlier)
        {
            return FsErrors.From(earlier);
        }

        var flushed = await file.File.FlushAsync(cancellationToken).ConfigureAwait(false);
        return flushed.IsOk ? FsError.None : Failed(file, flushed.Error);
    }

    /// <summary>What was written so far survives a crash of the machine. Does not end the backup.</summary>
    public async ValueTask<FsError> FsyncAsync(OpenFile file, bool dataOnly, CancellationToken cancellationToken)
    {
        if (file.WriteError is { } earlier)
        {
            return FsErrors.From(earlier);
        }

        if (file.Life is null)
        {
            // Nothing of a stored backup is waiting to be written; of an open one, another handle may have written.
            if (file.Inode.Backup.Open is null)
            {
                return FsError.None;
            }
        }

        var synced = await file.File.SyncAsync(dataOnly, cancellationToken).ConfigureAwait(false);
        return synced.IsOk ? FsError.None : Failed(file, synced.Error);
    }

    /// <summary>The names in a directory survive a crash of the machine; with the end policy fsync, the backup's own ends it.</summary>
    public async ValueTask<FsError> FsyncDirectoryAsync(Inode inode, CancellationToken cancellationToken)
    {
        if (inode is not EntryInode { Backup: { Open: { } life } backup } entry)
        {
            return FsError.None;
        }

        if (entry.IsBackupRoot && _options.End == EndPolicy.Fsync)
        {
            return await EndAsync(backup, "fsync of its directory", cancellationToken).ConfigureAwait(false);
        }

        ValueTask<StorageResult<Done>> pending;
        using (backup.LockNames())
        {
            if (entry.Path is not { } path)
            {
                return FsError.None;
            }

            pending = backup.Handle.Tree.SyncDirectoryAsync(path, cancellationToken);
        }

        var synced = await pending.ConfigureAwait(false);
        if (synced.IsOk)
        {
            return FsError.None;
        }

        FileSystemLog.OperationFailed(_log, BackupPath.Printable(backup.Path), "fsync of a directory", synced.Error);
        if (IsStorageFault(synced.Error))
        {
            backup.Handle.Errors.RecordError(synced.Error);
        }

        return FsErrors.From(synced.Error);
    }

    /// <summary>Reserves or frees space.</summary>
    public async ValueTask<FsError> FallocateAsync(
        OpenFile file, AllocateMode mode, long offset, long length, CancellationToken cancellationToken)
    {
        if (!file.IsWritable)
        {
            return FsError.BadHandle;
        }

        var allocated = await file.File.AllocateAsync(mode, offset, length, cancellationToken).ConfigureAwait(false);

        // Nothing was written, so nothing is lost: the program hears of a full disk here and decides.
        return allocated.IsOk ? FsError.None : FsErrors.From(allocated.Error);
    }

    /// <summary>Finds data or a hole.</summary>
    public async ValueTask<FsResult<long>> LseekAsync(OpenFile file, SeekTarget target, long offset, CancellationToken cancellationToken) =>
        (await file.File.SeekAsync(target, offset, cancellationToken).ConfigureAwait(false)).ToFs();

    /// <summary>Copies a range between two files of this mount without passing the bytes through the caller.</summary>
    public async ValueTask<FsResult<long>> CopyFileRangeAsync(
        OpenFile source, long offset, OpenFile destination, long destinationOffset, long length, CancellationToken cancellationToken)
    {
        if (!destination.IsWritable)
        {
            return FsError.BadHandle;
        }

        if (source.Inode.Backup.IsImmutable)
        {
            // Copied by the storage, the bytes would not be verified: let the kernel read them through us.
            return FsError.Unsupported;
        }

        var copied = await source.File
            .CopyRangeAsync(offset, destination.File, destinationOffset, length, cancellationToken).ConfigureAwait(false);
        if (copied.IsOk)
        {
            return copied.Value;
        }

        return copied.Error.Kind == StorageErrorKind.Unsupported ? FsError.Unsupported : Failed(destination, copied.Error);
    }

    private FsResult<int> ReadResult(OpenFile file, in StorageResult<int> read)
    {
        if (read.IsOk)
        {
            return read.Value;
        }

        if (IsStorageFault(read.Error))
        {
            FileSystemLog.OperationFailed(_log, PathOf(file), "read", read.Error);
        }

        return FsErrors.From(read.Error);
    }

    private FsResult<int> WriteResult(OpenFile file, in StorageResult<int> written) =>
        written.IsOk ? written.Value : Failed(file, written.Error);

    private FsError Failed(OpenFile file, StorageError error)
    {
        // A handle for reading can meet an error of writing, too: by fsync.
        if ((file.Life ?? file.Inode.Backup.Open) is { } life && IsStorageFault(error))
        {
            string? path;
            using (file.Inode.Backup.LockNames())
            {
                path = file.Inode.Path;
            }

            life.OnWriteFailed(file, path, error);
        }

        return FsErrors.From(error);
    }

    /// <summary>A write by an ordinary user takes set-user-id and set-group-id away; the kernel left that to us.</summary>
    private static async ValueTask ClearSetIdAsync(OpenFile file, CancellationToken cancellationToken)
    {
        const int SetUserId = 0x800, SetGroupId = 0x400, GroupExecute = 0x8;
        var attributes = await file.File.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
        if (attributes.IsOk)
        {
            var mode = attributes.Value.Mode & ~SetUserId;
            mode = (mode & GroupExecute) != 0 ? mode & ~SetGroupId : mode;
            if (mode != attributes.Value.Mode)
            {
                await file.File.SetAttributesAsync(new EntryChanges { Mode = mode }, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static string PathOf(OpenFile file)
    {
        using (file.Inode.Backup.LockNames())
        {
            return Printable(file.Inode.Backup, file.Inode.Path ?? "(a file without a name)");
        }
    }
}
