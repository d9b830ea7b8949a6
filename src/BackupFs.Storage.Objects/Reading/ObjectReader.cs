namespace BackupFs.Storage.Objects;

/// <summary>
/// Reads one stored object for one open file: reads ahead in parallel when it is read in order, fetches little when it is
/// not, and verifies every block where there are checksums. Thread-safe.
/// </summary>
internal sealed class ObjectReader : IAsyncDisposable
{
    /// <param name="context">Store, memory and cache.</param>
    /// <param name="stored">What to read; another version there is Corrupt.</param>
    /// <param name="checksums">What it should be; null where that is not known.</param>
    /// <param name="path">For messages.</param>
    internal ObjectReader(TransferContext context, StoredObject stored, FileChecksums? checksums, string path) =>
        throw new NotImplementedException();

    /// <summary>Reads at an offset. Fewer bytes than asked for means the end of the file.</summary>
    internal ValueTask<StorageResult<int>> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <summary>Cancels what is under way and gives the memory back.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
