using BackupFs.Storage;

namespace BackupFs.Cli.Listing;

/// <summary>Finds the backups in a storage, without a mount.</summary>
/// <param name="storage">The storage.</param>
/// <param name="levels">Directory levels above a backup.</param>
internal sealed class StorageCatalog(IBackupStorage storage, int levels)
{
    /// <summary>The backups at or below a path, ordered: those of a directory, or the one that the path is.</summary>
    public async Task<IReadOnlyList<IBackupHandle>> FindAsync(string path, CancellationToken cancellationToken)
    {
        var depth = Depth(path);
        if (depth == levels + 1)
        {
            var found = await storage.FindBackupAsync(BackupPath.Parent(path), BackupPath.LastSegment(path), cancellationToken).ConfigureAwait(false);
            return found is null ? [] : [found];
        }

        if (depth > levels)
        {
            throw new CommandException($"'{BackupPath.Printable(path)}' is inside a backup: with {levels} directory levels, backups are "
                + $"{string.Concat(Enumerable.Repeat("DIR/", levels))}NAME");
        }

        var result = new List<IBackupHandle>();
        await AddAsync(result, path, depth, cancellationToken).ConfigureAwait(false);
        return result;
    }

    /// <summary>What a list says of a backup.</summary>
    public static async Task<BackupRow> DescribeAsync(IBackupHandle handle, CancellationToken cancellationToken)
    {
        BackupSize? size;
        try
        {
            size = await BackupSize.MeasureAsync(handle, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException)
        {
            // A damaged manifest or unreadable directory does not keep the others from being listed; verify says more.
            size = null;
        }

        return new BackupRow(
            BackupPath.Join(handle.Directory, handle.Name), Word(handle.State), handle.StartTime.ToDateTimeOffset(), size?.Files, size?.Bytes);
    }

    private static int Depth(string path) => path.Length == 0 ? 0 : path.AsSpan().Count('/') + 1;

    private static string Word(BackupState state) => state switch
    {
        BackupState.Open => "open",
        BackupState.Complete => "complete",
        BackupState.Incomplete => "incomplete",
        BackupState.Foreign => "foreign",
    };

    private async Task AddAsync(List<IBackupHandle> result, string directory, int depth, CancellationToken cancellationToken)
    {
        if (depth < levels)
        {
            foreach (var name in await storage.ListDirectoriesAsync(directory, cancellationToken).ConfigureAwait(false))
            {
                await AddAsync(result, BackupPath.Join(directory, name), depth + 1, cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        // In this order, so that one that ends in between is not missed: it is in both, and counts as ended.
        var incomplete = await storage.ListIncompleteAsync(directory, cancellationToken).ConfigureAwait(false);
        var ended = await storage.ListBackupsAsync(directory, cancellationToken).ConfigureAwait(false);
        result.AddRange(ended.Concat(incomplete).DistinctBy(handle => handle.Name).OrderBy(handle => handle.Name, StringComparer.Ordinal));
    }
}
