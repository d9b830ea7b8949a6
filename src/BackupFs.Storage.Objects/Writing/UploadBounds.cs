using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Objects;

/// <summary>What of the wishes in <see cref="ObjectStorageOptions"/> a store and a budget of memory allow.</summary>
/// <param name="options">The wishes.</param>
/// <param name="store">Whose limits hold.</param>
/// <param name="logger">Told what is not as it was wished.</param>
internal sealed class UploadBounds(ObjectStorageOptions options, IObjectStore store, ILogger logger)
{
    /// <summary>The windows of every file.</summary>
    /// <exception cref="StorageException">InvalidArgument: a wish cannot be fulfilled, and <see cref="ObjectStorageOptions.ClampsUploads"/> is not set.</exception>
    internal ContentWindows Windows() => ContentWindows.Default with { Part = Part(), PartsInFlight = PartsInFlight() };

    private long Part()
    {
        var wished = options.PartSize;
        var (least, most) = (store.Limits.MinimumPartSize, PartSchedule.Down(store.Limits.MaximumPartSize));
        var ofMemory = PartSchedule.LargestOf(options.Memory);
        return wished < least
                ? Instead(least, $"part-size={ByteSize.Format(wished)} is too small: the store takes parts of {ByteSize.Format(least)} or more")
            : wished > most
                ? Instead(
                    Math.Min(most, ofMemory),
                    $"part-size={ByteSize.Format(wished)} is too large: the store takes parts of {ByteSize.Format(most)} or less")
            : wished > ofMemory
                ? Instead(
                    ofMemory,
                    $"part-size={ByteSize.Format(wished)} is too large: a part takes an eighth of the memory at most; it needs "
                    + $"--memory {ByteSize.Format(PartSchedule.Up(wished) * PartSchedule.MemoryShare)}, or part-size={ByteSize.Format(ofMemory)} or less")
            : PartSchedule.Up(wished);
    }

    private int PartsInFlight()
    {
        const int Most = ObjectStorageOptions.MaximumUploadParallelism;
        var wished = options.UploadParallelism;
        return wished is >= 1 and <= Most ? wished : (int)Instead(
            Math.Clamp(wished, 1, Most), $"upload-parallelism={wished} is not possible: 1 to {Most} parts of a file are uploaded at a time");
    }

    private long Instead(long possible, string reason)
    {
        if (!options.ClampsUploads)
        {
            throw new StorageException(StorageErrorKind.InvalidArgument, $"{store.Location}: {reason}");
        }

        ObjectStorageLog.Clamped(logger, store.Location, reason, ByteSize.Format(possible));
        return possible;
    }
}
