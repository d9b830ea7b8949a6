using System.Runtime.InteropServices;

namespace BackupFs.Storage;

/// <summary>
/// A file of a complete backup whose every byte is checked against the manifest's block checksums before it is returned.
/// Thread-safe; reads may run at once.
/// </summary>
/// <remarks>
/// <para>A block that does not match is read once more (a bit may have flipped on the way); if it still does not match, the
/// read fails with <see cref="StorageErrorKind.Corrupt"/>, which names the file and the block. A file of another size than the
/// manifest says is Corrupt when it is opened.</para>
/// <para>A read of less than a block keeps the verified block in the <see cref="VerifiedBlockCache"/>, so that sequential
/// and nearby reads do not hash it again; a read that covers a block goes straight into the caller's buffer.</para>
/// <para><see cref="LocalDescriptor"/> is the wrapped file's: what is read through it is not verified.</para>
/// </remarks>
public sealed class VerifiedFile : IBackupFile
{
    private readonly IBackupFile _inner;
    private readonly FileChecksums _checksums;
    private readonly string _path;
    private readonly VerifiedBlockCache _cache;

    private VerifiedFile(IBackupFile inner, FileChecksums checksums, string path, VerifiedBlockCache cache)
    {
        (_inner, _checksums, _path, _cache) = (inner, checksums, path, cache);
    }

    /// <inheritdoc/>
    public FileAccessMode Access => FileAccessMode.Read;

    /// <inheritdoc/>
    public SafeHandle? LocalDescriptor => _inner.LocalDescriptor;

    /// <summary>
    /// Wraps an open file, which then belongs to the result, or is disposed when this fails: Corrupt if its size is not the
    /// manifest's.
    /// </summary>
    /// <param name="inner">Open for reading, its content no longer changing.</param>
    /// <param name="checksums">What the manifest says of it.</param>
    /// <param name="path">For messages.</param>
    /// <param name="cache">Where verified blocks are kept; null for <see cref="VerifiedBlockCache.Shared"/>.</param>
    /// <param name="cancellationToken">For this call only.</param>
    public static async ValueTask<StorageResult<IBackupFile>> OpenAsync(
        IBackupFile inner, FileChecksums checksums, string path, VerifiedBlockCache? cache, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(checksums);
        ArgumentNullException.ThrowIfNull(path);
        var attributes = await inner.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
        var error = attributes.Error;
        if (error is null && attributes.Value.Size != checksums.Size)
        {
            error = new StorageError(
                StorageErrorKind.Corrupt,
                $"'{BackupPath.Printable(path)}' has {attributes.Value.Size} bytes; {checksums.Size} were stored");
        }

        if (error is null)
        {
            return new StorageResult<IBackupFile>(new VerifiedFile(inner, checksums, path, cache ?? VerifiedBlockCache.Shared));
        }

        await inner.DisposeAsync().ConfigureAwait(false);
        return error;
    }

    /// <inheritdoc/>
    public async ValueTask<StorageResult<int>> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        if (offset < 0)
        {
            return StorageErrorKind.InvalidArgument;
        }

        var wanted = (int)Math.Clamp(_checksums.Size - offset, 0, buffer.Length);
        var done = 0;
        while (done < wanted)
        {
            var index = (int)((offset + done) / _checksums.BlockSize);
            var within = (int)((offset + done) % _checksums.BlockSize);
            var length = _checksums.BlockLength(index);
            var part = Math.Min(wanted - done, length - within);
            var destination = buffer.Slice(done, part);
            var error = part == length && !_cache.Contains(this, index)
                ? await LoadAsync(index, destination, cancellationToken).ConfigureAwait(false)
                : await ReadCachedAsync(index, length, within, destination, cancellationToken).ConfigureAwait(false);
            if (error is not null)
            {
                // Not the good bytes before the bad block: fewer bytes than asked for would mean the end of the file.
                return error;
            }

            done += part;
        }

        return done;
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        _inner.GetAttributesAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(EntryChanges changes, CancellationToken cancellationToken) =>
        new(StorageError.ReadOnly);

    /// <inheritdoc/>
    public ValueTask<StorageResult<int>> WriteAsync(ReadOnlyMemory<byte> data, long offset, CancellationToken cancellationToken) =>
        new(StorageError.ReadOnly);

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> AllocateAsync(
        AllocateMode mode, long offset, long length, CancellationToken cancellationToken) => new(StorageError.ReadOnly);

    /// <inheritdoc/>
    public ValueTask<StorageResult<long>> SeekAsync(SeekTarget target, long offset, CancellationToken cancellationToken) =>
        _inner.SeekAsync(target, offset, cancellationToken);

    /// <summary>Always Unsupported: a copy inside the storage would not be verified. The caller reads and writes instead.</summary>
    public ValueTask<StorageResult<long>> CopyRangeAsync(
        long offset, IBackupFile destination, long destinationOffset, long length, CancellationToken cancellationToken) =>
        new(StorageError.Unsupported);

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> FlushAsync(CancellationToken cancellationToken) => new(Done.Ok);

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> SyncAsync(bool dataOnly, CancellationToken cancellationToken) => new(Done.Ok);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _cache.Remove(this);
        return _inner.DisposeAsync();
    }

    private async ValueTask<StorageError?> ReadCachedAsync(
        int index, int length, int within, Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (true)
        {
            var block = _cache.Acquire(this, index, length, out var isNew);
            try
            {
                var error = isNew
                    ? await LoadCachedAsync(block, cancellationToken).ConfigureAwait(false)
                    : await _cache.WhenLoaded(block, cancellationToken).ConfigureAwait(false);
                if (error is null)
                {
                    block.Buffer.AsMemory(within, destination.Length).CopyTo(destination);
                    return null;
                }

                // The call that was loading the block was cancelled, but not this one: load it here.
                if (isNew || error.Kind != StorageErrorKind.Cancelled || cancellationToken.IsCancellationRequested)
                {
                    return error;
                }
            }
            catch (OperationCanceledException)
            {
                return new StorageError(StorageErrorKind.Cancelled);
            }
            finally
            {
                _cache.Release(block);
            }
        }
    }

    private async ValueTask<StorageError?> LoadCachedAsync(VerifiedBlock block, CancellationToken cancellationToken)
    {
        StorageError? error = new(StorageErrorKind.Cancelled);
        try
        {
            error = await LoadAsync(block.Index, block.Buffer.AsMemory(0, block.Length), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Also when an exception passes: those who wait must not wait forever.
            _cache.CompleteLoad(block, error);
        }

        return error;
    }

    private async ValueTask<StorageError?> LoadAsync(int index, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var read = await ReadFullyAsync((long)index * _checksums.BlockSize, buffer, cancellationToken).ConfigureAwait(false);
            if (!read.IsOk)
            {
                return read.Error;
            }

            if (_checksums.Verify(index, buffer.Span[..read.Value]))
            {
                return null;
            }

            if (attempt == 1)
            {
                return Corrupt(index, buffer.Length, read.Value);
            }
        }
    }

    private async ValueTask<StorageResult<int>> ReadFullyAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var done = 0;
        while (done < buffer.Length)
        {
            var read = await _inner.ReadAsync(buffer[done..], offset + done, cancellationToken).ConfigureAwait(false);
            if (!read.IsOk || read.Value == 0)
            {
                return read.IsOk ? done : read;
            }

            done += read.Value;
        }

        return done;
    }

    private StorageError Corrupt(int index, int expected, int read)
    {
        var start = (long)index * _checksums.BlockSize;
        var reason = read < expected ? $"only {read} of {expected} bytes are there" : "the bytes are not those that were stored";
        return new StorageError(
            StorageErrorKind.Corrupt,
            $"'{BackupPath.Printable(_path)}' is corrupt in block {index} of {_checksums.BlockCount} (bytes {start}..{start + expected - 1}): {reason}");
    }
}
