using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>The content of files.</summary>
public sealed partial class BackupFileSystem
{
    /// <summary>
    /// Reads; fewer bytes than asked for means the end of the file. Also when interrupted, it returns only when nobody uses
    /// the buffer any more.
    /// </summary>
    public ValueTask<FsResult<int>> ReadAsync(OpenFile file, Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        ValueTask<StorageResult<int>> reading;
        try
        {
            reading = file.File.ReadAsync(buffer, offset, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return new(ReadResult(file, Interruption.ErrorOf(cancellationToken)));
        }

        return reading.IsCompletedSuccessfully ? new(ReadResult(file, reading.Result)) : AwaitAsync(file, reading, cancellationToken);

        async ValueTask<FsResult<int>> AwaitAsync(OpenFile file, ValueTask<StorageResult<int>> reading, CancellationToken cancellationToken)
        {
            try
            {
                return ReadResult(file, await reading.ConfigureAwait(false));
            }
            catch (OperationCanceledException)
            {
                return ReadResult(file, Interruption.ErrorOf(cancellationToken));
            }
        }
    }

    /// <summary>
    /// Writes all of it or fails; a failure is recorded and forbids the end of the backup until the file is written anew. An
    /// interrupted write is no failure of the storage: it returns how much was taken, or Interrupted if nothing was, and its
    /// caller decides, as with any signal that comes while write(2) waits. A caller that dies of it leaves a torn file.
    /// </summary>
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

        ValueTask<StorageResult<int>> writing;
        try
        {
            writing = file.File.WriteAsync(data, offset, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return new(WriteResult(file, Interruption.ErrorOf(cancellationToken)));
        }

        return writing.IsCompletedSuccessfully && !clearSetId ? new(WriteResult(file, writing.Result)) : AwaitAsync(file, writing, clearSetId, cancellationToken);

        async ValueTask<FsResult<int>> AwaitAsync(
            OpenFile file, ValueTask<StorageResult<int>> writing, bool clearSetId, CancellationToken cancellationToken)
        {
            StorageResult<int> written;
            try
            {
                written = await writing.ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                written = Interruption.ErrorOf(cancellationToken);
            }

            if (written.IsOk && clearSetId)
            {
                await ClearSetIdAsync(file).ConfigureAwait(false);
            }

            return WriteResult(file, written);
        }
    }

    /// <summary>
    /// One descriptor of the handle was closed. Returns what close(2) returns: the first error a write through this handle
    /// met, or what the storage says now. When interrupted, storing goes on: its error is recorded, the release of the file
    /// and the end of the backup wait for it. With <see cref="FileSystemOptions.DeferredCloses"/> nothing is stored before the last
    /// descriptor is closed (<see cref="ReleaseAsync"/>): this only waits for room.
    /// </summary>
    public ValueTask<FsError> FlushAsync(OpenFile file, Caller caller, CancellationToken cancellationToken) =>
        Interruption.Of(StoreAtCloseAsync(file, caller, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsError> StoreAtCloseAsync(OpenFile file, Caller caller, CancellationToken cancellationToken)
    {
        if (file.Life is not { } life)
        {
            return FsError.None;
        }

        life.OnFlushed(file, caller.Id);
        if ((file.WriteError ?? life.FailureOf(file)) is { } earlier)
        {
            return FsErrors.From(earlier);
        }

        if (_deferredCloses is not null)
        {
            await _deferredCloses.WhenThereIsRoomAsync(cancellationToken).ConfigureAwait(false);
            return FsError.None;
        }

        var flushing = file.File.FlushAsync(CancellationToken.None);
        if (flushing.IsCompletedSuccessfully)
        {
            return StoreResult(file, flushing.Result);
        }

        life.BeginFlush();
        var storing = StoreToTheEndAsync(file, flushing, life);
        file.Storing(storing);
        return await storing.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether a deferred close has left something to be done, which counts as being stored until the file is released.</summary>
    private bool BeginDeferred(OpenFile file) =>
        _deferredCloses is not null && file.Life is { } life && file.WriteError is null && life.BeginDeferred(file);

    /// <summary>What a deferred close has left to be done.</summary>
    private Task StoreDeferredAsync(OpenFile file) =>
        _deferredCloses!.RunAsync(() => StoreToTheEndAsync(file, file.File.FlushAsync(CancellationToken.None), flushed: null));

    private async Task<FsError> StoreToTheEndAsync(OpenFile file, ValueTask<StorageResult<Done>> pending, OpenBackup? flushed)
    {
        try
        {
            return StoreResult(file, await pending.ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            return Failed(file, Interruption.ErrorOf(CancellationToken.None));
        }
        finally
        {
            flushed?.EndFlush();
        }
    }

    private FsError StoreResult(OpenFile file, in StorageResult<Done> stored) => stored.IsOk ? FsError.None : Failed(file, stored.Error);

    /// <summary>
    /// What was written so far survives a crash of the machine. Does not end the backup. When interrupted, storing goes on, as
    /// with <see cref="FlushAsync"/>.
    /// </summary>
    public ValueTask<FsError> FsyncAsync(OpenFile file, bool dataOnly, CancellationToken cancellationToken) =>
        Interruption.Of(SyncFileAsync(file, dataOnly, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsError> SyncFileAsync(OpenFile file, bool dataOnly, CancellationToken cancellationToken)
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

        var syncing = file.File.SyncAsync(dataOnly, CancellationToken.None);
        if (syncing.IsCompletedSuccessfully)
        {
            return StoreResult(file, syncing.Result);
        }

        var storing = StoreToTheEndAsync(file, syncing, flushed: null);
        file.Storing(storing);
        return await storing.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The names in a directory survive a crash of the machine; with the end policy fsync, the backup's own ends it.</summary>
    public ValueTask<FsError> FsyncDirectoryAsync(Inode inode, CancellationToken cancellationToken) =>
        Interruption.Of(SyncDirectoryAsync(inode, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsError> SyncDirectoryAsync(Inode inode, CancellationToken cancellationToken)
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
    public ValueTask<FsError> FallocateAsync(
        OpenFile file, AllocateMode mode, long offset, long length, CancellationToken cancellationToken) =>
        Interruption.Of(AllocateAsync(file, mode, offset, length, cancellationToken), _log, cancellationToken);

    private static async ValueTask<FsError> AllocateAsync(
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
    public ValueTask<FsResult<long>> LseekAsync(OpenFile file, SeekTarget target, long offset, CancellationToken cancellationToken)
    {
        return Interruption.Of(SeekAsync(), _log, cancellationToken);

        async ValueTask<FsResult<long>> SeekAsync() => (await file.File.SeekAsync(target, offset, cancellationToken).ConfigureAwait(false)).ToFs();
    }

    /// <summary>Copies a range between two files of this mount without passing the bytes through the caller.</summary>
    public ValueTask<FsResult<long>> CopyFileRangeAsync(
        OpenFile source, long offset, OpenFile destination, long destinationOffset, long length, CancellationToken cancellationToken) =>
        Interruption.Of(CopyAsync(source, offset, destination, destinationOffset, length, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsResult<long>> CopyAsync(
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

        TellIfUnsupported(file, read.Error);
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

        TellIfUnsupported(file, error);
        return FsErrors.From(error);
    }

    /// <summary>The errno says only that it cannot be done; what can be done about it is said in the log, once for each handle.</summary>
    private void TellIfUnsupported(OpenFile file, StorageError error)
    {
        if (error.Kind == StorageErrorKind.Unsupported && error.Message.Length > 0 && !file.WasToldUnsupported)
        {
            file.WasToldUnsupported = true;
            FileSystemLog.Refused(_log, PathOf(file), error.Message);
        }
    }

    /// <summary>A write by an ordinary user takes set-user-id and set-group-id away; the kernel left that to us.</summary>
    private static async ValueTask ClearSetIdAsync(OpenFile file)
    {
        const int SetUserId = 0x800, SetGroupId = 0x400, GroupExecute = 0x8;
        var attributes = await file.File.GetAttributesAsync(CancellationToken.None).ConfigureAwait(false);
        if (attributes.IsOk)
        {
            var mode = attributes.Value.Mode & ~SetUserId;
            mode = (mode & GroupExecute) != 0 ? mode & ~SetGroupId : mode;
            if (mode != attributes.Value.Mode)
            {
                await file.File.SetAttributesAsync(new EntryChanges { Mode = mode }, CancellationToken.None).ConfigureAwait(false);
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
