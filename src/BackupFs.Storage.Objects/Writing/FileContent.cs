namespace BackupFs.Storage.Objects;

/// <summary>
/// The bytes of one file of an open backup: a stored version, and what was written since. Streams to the store in parts as it
/// is written; keeps the beginning of a file and its latest bytes in memory, so that they can be written again. Thread-safe.
/// </summary>
internal sealed class FileContent
{
    /// <param name="context">Store and memory.</param>
    /// <param name="keys">Where versions are put.</param>
    /// <param name="path">For messages.</param>
    /// <param name="stored">The version there is; null for an empty file that was never stored.</param>
    internal FileContent(TransferContext context, IContentKeys keys, string path, StoredObject? stored) => throw new NotImplementedException();

    /// <summary>Bytes, with all that was written.</summary>
    internal long Size => throw new NotImplementedException();

    /// <summary>The version stored last; null before the first.</summary>
    internal StoredObject? Stored => throw new NotImplementedException();

    /// <summary>Whether there is anything that <see cref="FlushAsync"/> would store.</summary>
    internal bool IsDirty => throw new NotImplementedException();

    /// <summary>The path for messages; a rename changes it.</summary>
    internal string Path { get; set; }

    /// <summary>Reads what was written; Unsupported, naming <c>--spool</c>, for bytes that were streamed and are not complete yet.</summary>
    internal ValueTask<StorageResult<int>> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>
    /// Writes all of the data, waiting for memory if there is none. Unsupported, naming <c>--spool</c>, where a stream cannot.
    /// Errors of uploads under way are told here, too.
    /// </summary>
    internal ValueTask<StorageResult<int>> WriteAsync(ReadOnlyMemory<byte> data, long offset, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Cuts the content, or extends it with zeros.</summary>
    internal ValueTask<StorageResult<Done>> ResizeAsync(long size, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Returns when everything written before is one stored and confirmed object. Nothing to do: completes at once.</summary>
    internal ValueTask<StorageResult<Done>> FlushAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The last descriptor is closed: what is stored is dropped from memory; what is not (a flush failed) is given up.</summary>
    internal ValueTask ReleaseAsync() => throw new NotImplementedException();

    /// <summary>The content is not wanted any more: cancels and aborts what is under way, and frees the memory. Later calls fail.</summary>
    internal ValueTask DiscardAsync() => throw new NotImplementedException();

    /// <summary>The stored version was copied to another key; false if it is no longer the version stored, or is being replaced.</summary>
    internal bool TryRelocate(StoredObject from, StoredObject to) => throw new NotImplementedException();

    /// <summary>The checksums of the stored version; computed while it was uploaded, or read back. Corrupt if it is not what was written.</summary>
    internal ValueTask<StorageResult<FileChecksums>> GetChecksumsAsync(CancellationToken cancellationToken) => throw new NotImplementedException();
}
