using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>
/// Whether the storage has so much room that a writer may go past us: with kernel passthrough the program is told of a full
/// disk and we are not, so where room is short every write goes through us. Thread-safe.
/// </summary>
internal sealed class Room(IBackupStorage storage, TimeProvider time)
{
    /// <summary>Below this many free bytes writes go through us.</summary>
    private const long Plenty = 1L << 30;

    private static readonly TimeSpan Validity = TimeSpan.FromMilliseconds(250);
    private readonly Lock _lock = new();
    private long _askedAt = long.MinValue;
    private bool _isPlentiful;

    public async ValueTask<bool> IsPlentifulAsync(CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            if (_askedAt != long.MinValue && time.GetElapsedTime(_askedAt, now) < Validity)
            {
                return _isPlentiful;
            }
        }

        var space = await storage.GetSpaceAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            _isPlentiful = space.IsOk && space.Value.AvailableBytes >= Plenty;
            _askedAt = now;
            return _isPlentiful;
        }
    }
}
