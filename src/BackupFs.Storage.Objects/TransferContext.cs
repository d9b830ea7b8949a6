using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Objects;

/// <summary>What all transfers of one storage share.</summary>
/// <param name="Store">The store, with a bound on its requests.</param>
/// <param name="Memory">The budget of all.</param>
/// <param name="Options">Spool, cache and bounds.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">Of the storage.</param>
internal sealed record TransferContext(
    IObjectStore Store, MemoryBudget Memory, ObjectStorageOptions Options, TimeProvider Time, ILogger Logger)
{
    /// <summary>Where files are spooled that are not written from start to end; null where they are not.</summary>
    internal SpoolSpace? Spool { get; } = Options.SpoolDirectory is { } directory ? new SpoolSpace(directory, Options.SpoolBytes) : null;

    /// <summary>What of every file being written stays in memory, and how it is uploaded.</summary>
    internal ContentWindows Windows { get; init; } = ContentWindows.Default;

    /// <summary>Verified blocks on a local disk, from <see cref="DiskCache.Open"/>; null for none. Disposed by who opened it.</summary>
    internal DiskCache? Cache { get; init; }

    /// <summary>All readers.</summary>
    internal OpenObjects Readers { get; } = new(Memory, Time, Options.Requests);

    /// <summary>Makes what all share.</summary>
    /// <exception cref="StorageException">InvalidArgument for options that make no sense; Busy if another mount uses the directory of the cache.</exception>
    internal static TransferContext Create(IObjectStore store, ObjectStorageOptions options, TimeProvider time, ILogger logger)
    {
        if (options.Memory < ObjectStorageOptions.MinimumMemory)
        {
            throw new StorageException(
                StorageErrorKind.InvalidArgument, $"object storage needs a memory budget of {ObjectStorageOptions.MinimumMemory >> 20} MiB or more");
        }

        var windows = new UploadBounds(options, store, logger).Windows();
        var cache = DiskCache.Open(options, time, logger);
        return cache.IsOk
            ? new TransferContext(store, new MemoryBudget(options.Memory), options, time, logger) { Windows = windows, Cache = cache.Value }
            : throw cache.Error.ToException();
    }
}
