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
}
