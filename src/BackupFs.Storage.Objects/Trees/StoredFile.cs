using System.Runtime.InteropServices;

namespace BackupFs.Storage.Objects;

/// <summary>An open file that no longer changes. Every byte is verified where there are checksums.</summary>
/// <param name="attributes">Of the file.</param>
/// <param name="reader">Of its object; null for an empty file. Disposed with this.</param>
/// <param name="onFirstRead">Called once, when the first read has begun.</param>
internal sealed class StoredFile(EntryAttributes attributes, ObjectReader? reader, Action? onFirstRead = null) : IBackupFile
{
    private Action? _onFirstRead = onFirstRead;

    /// <summary>Opens a file.</summary>
    /// <param name="context">What all transfers share.</param>
    /// <param name="attributes">Of the file.</param>
    /// <param name="content">Of the file.</param>
    /// <param name="path">For messages.</param>
    internal static StoredFile Open(TransferContext context, EntryAttributes attributes, StoredContent content, string path) =>
        new(attributes, content.Object is { Size: > 0 } stored ? new ObjectReader(context, stored, content.Checksums, path) : null);

    public FileAccessMode Access => FileAccessMode.Read;

    public SafeHandle? LocalDescriptor => null;

    public ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(attributes);

    public ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(EntryChanges changes, CancellationToken cancellationToken) =>
        new(StorageError.ReadOnly);

    public ValueTask<StorageResult<int>> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        if (offset < 0)
        {
            return new(StorageErrorKind.InvalidArgument);
        }

        if (reader is null)
        {
            return new(0);
        }

        // First what is waited for, then what is read ahead.
        var read = reader.ReadAsync(buffer, offset, cancellationToken);
        if (_onFirstRead is not null)
        {
            Interlocked.Exchange(ref _onFirstRead, null)?.Invoke();
        }

        return read;
    }

    public ValueTask<StorageResult<int>> WriteAsync(ReadOnlyMemory<byte> data, long offset, CancellationToken cancellationToken) =>
        new(StorageError.ReadOnly);

    public ValueTask<StorageResult<Done>> AllocateAsync(
        AllocateMode mode, long offset, long length, CancellationToken cancellationToken) => new(StorageError.ReadOnly);

    public ValueTask<StorageResult<long>> SeekAsync(SeekTarget target, long offset, CancellationToken cancellationToken) =>
        new(Holes.Seek(attributes.Size, target, offset));

    public ValueTask<StorageResult<long>> CopyRangeAsync(
        long offset, IBackupFile destination, long destinationOffset, long length, CancellationToken cancellationToken) =>
        new(StorageError.Unsupported);

    public ValueTask<StorageResult<Done>> FlushAsync(CancellationToken cancellationToken) => new(Done.Ok);

    public ValueTask<StorageResult<Done>> SyncAsync(bool dataOnly, CancellationToken cancellationToken) => new(Done.Ok);

    public ValueTask DisposeAsync() => reader?.DisposeAsync() ?? ValueTask.CompletedTask;
}
