using System.Runtime.InteropServices;

namespace BackupFs.Storage;

/// <summary>A file of a <see cref="FaultyTree"/>; its faults go by the path it was opened by, whatever its name is now.</summary>
internal sealed class FaultyFile(IBackupFile inner, string path, FaultPlan plan) : IBackupFile
{
    public FileAccessMode Access => inner.Access;

    public SafeHandle? LocalDescriptor => null;

    internal static IBackupFile Unwrap(IBackupFile file) => file is FaultyFile faulty ? faulty.Inner : file;

    private IBackupFile Inner => inner;

    public ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        plan.RunAsync("File.GetAttributes", path, () => inner.GetAttributesAsync(cancellationToken), cancellationToken);

    public ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(EntryChanges changes, CancellationToken cancellationToken) =>
        plan.RunAsync("File.SetAttributes", path, () => inner.SetAttributesAsync(changes, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<int>> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken) =>
        plan.RunAsync("File.Read", path, () => inner.ReadAsync(buffer, offset, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<int>> WriteAsync(ReadOnlyMemory<byte> data, long offset, CancellationToken cancellationToken) =>
        plan.RunAsync("File.Write", path, () => inner.WriteAsync(data, offset, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<Done>> AllocateAsync(AllocateMode mode, long offset, long length, CancellationToken cancellationToken) =>
        plan.RunAsync(
            "File.Allocate", path, () => inner.AllocateAsync(mode, offset, length, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<long>> SeekAsync(SeekTarget target, long offset, CancellationToken cancellationToken) =>
        plan.RunAsync("File.Seek", path, () => inner.SeekAsync(target, offset, cancellationToken), cancellationToken);

    public ValueTask<StorageResult<long>> CopyRangeAsync(
        long offset, IBackupFile destination, long destinationOffset, long length, CancellationToken cancellationToken) =>
        plan.RunAsync(
            "File.CopyRange",
            path,
            () => inner.CopyRangeAsync(offset, Unwrap(destination), destinationOffset, length, cancellationToken),
            cancellationToken);

    public ValueTask<StorageResult<Done>> FlushAsync(CancellationToken cancellationToken) =>
        plan.RunAsync("File.Flush", path, () => inner.FlushAsync(cancellationToken), cancellationToken);

    public ValueTask<StorageResult<Done>> SyncAsync(bool dataOnly, CancellationToken cancellationToken) =>
        plan.RunAsync("File.Sync", path, () => inner.SyncAsync(dataOnly, cancellationToken), cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
