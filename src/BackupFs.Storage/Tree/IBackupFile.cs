using System.Runtime.InteropServices;

namespace BackupFs.Storage;

/// <summary>An open file of a backup. Thread-safe: reads and writes at different offsets may run at once.</summary>
/// <remarks>
/// Reads of a complete backup with a manifest are verified against its block checksums and fail with
/// <see cref="StorageErrorKind.Corrupt"/>; what is read through <see cref="LocalDescriptor"/> is not.
/// Methods of a local storage complete synchronously, except <see cref="SyncAsync"/>. A cancelled call fails with
/// <see cref="StorageErrorKind.Cancelled"/> or throws <see cref="OperationCanceledException"/>, and only then, when it no longer
/// uses its buffer.
/// </remarks>
public interface IBackupFile : IAsyncDisposable
{
    /// <summary>How the file was opened.</summary>
    FileAccessMode Access { get; }

    /// <summary>
    /// A descriptor of the file on this machine, opened with (at least) <see cref="Access"/>, for kernel passthrough;
    /// null where the storage has none. It stays owned by this object.
    /// </summary>
    SafeHandle? LocalDescriptor { get; }

    /// <summary>Current attributes, also of a file that has lost its last name.</summary>
    ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(CancellationToken cancellationToken);

    /// <summary>Changes attributes and returns the new ones.</summary>
    ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(EntryChanges changes, CancellationToken cancellationToken);

    /// <summary>Reads at an offset. Fewer bytes than asked for means the end of the file; 0 at or after the end.</summary>
    ValueTask<StorageResult<int>> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken);

    /// <summary>
    /// Writes all of <paramref name="data"/> at an offset or fails; a gap becomes a hole. Returns the bytes written: fewer only
    /// when it was cancelled after it had taken some. The same bytes may be written again at the same place.
    /// </summary>
    ValueTask<StorageResult<int>> WriteAsync(ReadOnlyMemory<byte> data, long offset, CancellationToken cancellationToken);

    /// <summary>Reserves or frees space. <see cref="StorageErrorKind.Unsupported"/> where the storage cannot.</summary>
    ValueTask<StorageResult<Done>> AllocateAsync(AllocateMode mode, long offset, long length, CancellationToken cancellationToken);

    /// <summary>Finds data or a hole. <see cref="StorageErrorKind.NoSuchOffset"/> when there is none.</summary>
    ValueTask<StorageResult<long>> SeekAsync(SeekTarget target, long offset, CancellationToken cancellationToken);

    /// <summary>
    /// Copies a range into <paramref name="destination"/> (same storage) without passing the bytes through the caller;
    /// returns how many bytes were copied, possibly fewer. <see cref="StorageErrorKind.Unsupported"/> where it cannot.
    /// </summary>
    ValueTask<StorageResult<long>> CopyRangeAsync(
        long offset, IBackupFile destination, long destinationOffset, long length, CancellationToken cancellationToken);

    /// <summary>
    /// What close(2) of one descriptor waits for: on object storage, the object is stored and confirmed; on file
    /// storage, nothing but known errors. May be called many times, also with nothing written since the last call.
    /// </summary>
    ValueTask<StorageResult<Done>> FlushAsync(CancellationToken cancellationToken);

    /// <summary>Returns when what was written survives a crash of the machine.</summary>
    ValueTask<StorageResult<Done>> SyncAsync(bool dataOnly, CancellationToken cancellationToken);
}
