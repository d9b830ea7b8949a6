using System.Runtime.InteropServices;

namespace BackupFs.Storage.Objects;

/// <summary>An open file that no longer changes. Every byte is verified where there are checksums.</summary>
internal sealed class StoredFile(TransferContext context, EntryAttributes attributes, StoredContent content, string path) : IBackupFile
{
    private readonly ObjectReader? _reader = content.Object is { Size: > 0 } stored
        ? new ObjectReader(context, stored, content.Checksums, path)
        : null;

    public FileAccessMode Access => FileAccessMode.Read;

    public SafeHandle? LocalDescriptor => null;

    public ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(attributes);

    public ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(EntryChanges changes, CancellationToken cancellationToken) =>
        new(StorageError.ReadOnly);

    public ValueTask<StorageResult<int>> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken) =>
        offset < 0 ? new(StorageErrorKind.InvalidArgument)
        : _reader is null ? new(0)
        : _reader.ReadAsync(buffer, offset, cancellationToken);

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

    public ValueTask DisposeAsync() => _reader?.DisposeAsync() ?? ValueTask.CompletedTask;
}
