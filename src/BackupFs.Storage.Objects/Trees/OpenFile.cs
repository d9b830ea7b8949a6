using System.Runtime.InteropServices;

namespace BackupFs.Storage.Objects;

/// <summary>An open file of a backup that is being written, or was when it was opened.</summary>
internal sealed class OpenFile(OpenBackupHandle handle, OpenTree tree, OpenContent content, FileAccessMode access) : IBackupFile
{
    private const int ZeroBytes = 256 * 1024;
    private static readonly byte[] Zeros = new byte[ZeroBytes];

    private int _isDisposed;
    private volatile bool _isGivenUp;

    public FileAccessMode Access => access;

    public SafeHandle? LocalDescriptor => null;

    internal OpenTree Tree => tree;

    internal OpenContent Content => content;

    public ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        new(tree.AttributesOf(content.Node));

    public ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(EntryChanges changes, CancellationToken cancellationToken) =>
        tree.ChangeNodeAsync(content.Node, changes, cancellationToken);

    public async ValueTask<StorageResult<int>> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        if (CheckRange(offset, 0, access == FileAccessMode.Write) is { } error)
        {
            return error;
        }

        var before = content.Bytes.Stored;
        var read = await content.Bytes.ReadAsync(buffer, offset, cancellationToken).ConfigureAwait(false);

        // The end of the backup may just have moved the object to the key of its name.
        return !read.IsOk && !ReferenceEquals(before, content.Bytes.Stored)
            ? await content.Bytes.ReadAsync(buffer, offset, cancellationToken).ConfigureAwait(false)
            : read;
    }

    public ValueTask<StorageResult<int>> WriteAsync(ReadOnlyMemory<byte> data, long offset, CancellationToken cancellationToken)
    {
        if ((tree.Check() ?? CheckRange(offset, data.Length, access == FileAccessMode.Read)) is { } error)
        {
            return new(error);
        }

        var writing = content.Bytes.WriteAsync(data, offset, cancellationToken);
        if (!writing.IsCompletedSuccessfully)
        {
            return WhenWrittenAsync(writing);
        }

        var written = writing.Result;
        Written(written.Error);
        return new(written);
    }

    public async ValueTask<StorageResult<Done>> AllocateAsync(
        AllocateMode mode, long offset, long length, CancellationToken cancellationToken)
    {
        if (length <= 0)
        {
            return StorageErrorKind.InvalidArgument;
        }

        if ((tree.Check() ?? CheckRange(offset, length, access == FileAccessMode.Read)) is { } error)
        {
            return error;
        }

        switch (mode)
        {
            case AllocateMode.KeepSize:
            case AllocateMode.PunchHole:
                // Nothing can be reserved, and an object has no holes.
                return StorageError.Unsupported;
            case AllocateMode.Extend:
                return await ExtendAsync(offset + length, cancellationToken).ConfigureAwait(false);
            case AllocateMode.ZeroRangeKeepSize:
                return await ZeroAsync(offset, Math.Min(offset + length, content.Size), cancellationToken).ConfigureAwait(false);
            case AllocateMode.ZeroRange:
                var zeroed = await ZeroAsync(offset, Math.Min(offset + length, content.Size), cancellationToken).ConfigureAwait(false);
                return zeroed.IsOk ? await ExtendAsync(offset + length, cancellationToken).ConfigureAwait(false) : zeroed;
            default:
                return StorageErrorKind.InvalidArgument;
        }
    }

    public ValueTask<StorageResult<long>> SeekAsync(SeekTarget target, long offset, CancellationToken cancellationToken) =>
        new(Holes.Seek(content.Size, target, offset));

    public ValueTask<StorageResult<long>> CopyRangeAsync(
        long offset, IBackupFile destination, long destinationOffset, long length, CancellationToken cancellationToken) =>
        new(StorageError.Unsupported);

    public ValueTask<StorageResult<Done>> FlushAsync(CancellationToken cancellationToken) =>
        access == FileAccessMode.Read ? new(Done.Ok) : FlushContentAsync(isWhole: true, cancellationToken);

    public async ValueTask<StorageResult<Done>> SyncAsync(bool dataOnly, CancellationToken cancellationToken)
    {
        // More may be written after it.
        if (access != FileAccessMode.Read && content.Bytes.IsDirty && await content.AnnouncePartialAsync().ConfigureAwait(false) is { } error)
        {
            return error;
        }

        var flushed = await FlushContentAsync(isWhole: false, cancellationToken).ConfigureAwait(false);
        return flushed.IsOk ? await handle.SyncJournalAsync(cancellationToken).ConfigureAwait(false) : flushed;
    }

    /// <summary>What was written is not to be stored.</summary>
    internal async ValueTask GiveUpAsync()
    {
        _isGivenUp = true;
        await content.Bytes.DiscardAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        // What mappings wrote arrives after the last close; nobody is left to be told.
        if (!_isGivenUp && access != FileAccessMode.Read && content.Bytes.IsDirty && handle.CheckWritable() is null && content.Node.Names > 0)
        {
            await handle.InBackgroundAsync(FlushContentAsync(isWhole: true, CancellationToken.None).AsTask()).ConfigureAwait(false);
        }

        var (isLast, isNamed) = tree.Close(content, access);
        if (isLast)
        {
            await (isNamed ? content.Bytes.ReleaseAsync().AsTask() : handle.InBackgroundAsync(content.DiscardAsync())).ConfigureAwait(false);
        }
    }

    /// <param name="isWhole">Whether a writer has closed it, so that this is what it wanted to write.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private async ValueTask<StorageResult<Done>> FlushContentAsync(bool isWhole, CancellationToken cancellationToken)
    {
        if (!content.Bytes.IsDirty)
        {
            Whole(isWhole);
            return Done.Ok;
        }

        var flushed = await content.Bytes.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (flushed.IsOk)
        {
            Whole(isWhole);
            if (handle.Errors.HasErrors && !content.HasRefusedWrite && tree.FindPath(content.Node) is { } path)
            {
                handle.Errors.ResetErrors(path);
            }
        }
        else
        {
            Record(flushed.Error);
        }

        return flushed;
    }

    private void Whole(bool isWhole)
    {
        if (isWhole && content.IsPartial)
        {
            content.IsPartial = false;
            tree.ContentChanged();
        }
    }

    private async ValueTask<StorageResult<int>> WhenWrittenAsync(ValueTask<StorageResult<int>> writing)
    {
        var written = await writing.ConfigureAwait(false);
        Written(written.Error);
        return written;
    }

    private void Written(StorageError? error)
    {
        if (error is null)
        {
            tree.Touch(content.Node);
        }
        else
        {
            Record(error);
        }
    }

    private void Record(StorageError error)
    {
        content.HasRefusedWrite |= error.Kind == StorageErrorKind.Unsupported;

        // What was cancelled, the caller knows of.
        if (error.Kind != StorageErrorKind.Cancelled && tree.FindPath(content.Node) is { } path)
        {
            handle.Errors.RecordError(error, path);
        }
    }

    private async ValueTask<StorageResult<Done>> ExtendAsync(long size, CancellationToken cancellationToken)
    {
        if (size <= content.Size)
        {
            return Done.Ok;
        }

        var changed = await SetAttributesAsync(new EntryChanges { Size = size }, cancellationToken).ConfigureAwait(false);
        return changed.IsOk ? Done.Ok : changed.Error;
    }

    private async ValueTask<StorageResult<Done>> ZeroAsync(long offset, long end, CancellationToken cancellationToken)
    {
        while (offset < end)
        {
            var part = (int)Math.Min(ZeroBytes, end - offset);
            var written = await WriteAsync(Zeros.AsMemory(0, part), offset, cancellationToken).ConfigureAwait(false);
            if (!written.IsOk)
            {
                return written.Error;
            }

            offset += part;
        }

        return Done.Ok;
    }

    private StorageError? CheckRange(long offset, long length, bool refuse)
    {
        if (_isDisposed != 0 || refuse || offset < 0 || length < 0)
        {
            return new StorageError(StorageErrorKind.InvalidArgument, "the file is not open for that, or the range is negative");
        }

        return length > TreeNode.MaximumSize || offset > TreeNode.MaximumSize - length ? new StorageError(StorageErrorKind.FileTooLarge) : null;
    }
}
