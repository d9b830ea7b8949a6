using BackupFs.Storage;

namespace BackupFs.Cli.Listing;

/// <summary>The number of directory levels above the backups of a storage.</summary>
internal static class Layout
{
    private const int DeepestLevel = 16;

    /// <summary>How many directories are looked at before giving up.</summary>
    private const int MostDirectories = 10_000;

    /// <summary>The level of the first backup found, nearest to the root; 1 if there is none.</summary>
    public static async Task<int> DetectAsync(IBackupStorage storage, CancellationToken cancellationToken)
    {
        var pending = new Queue<(string Directory, int Level)>([("", 0)]);
        for (var looked = 0; looked < MostDirectories && pending.TryDequeue(out var next); looked++)
        {
            if (next.Level > 0 && await HoldsBackupsAsync(storage, next.Directory, cancellationToken).ConfigureAwait(false))
            {
                return next.Level;
            }

            if (next.Level == DeepestLevel)
            {
                continue;
            }

            foreach (var name in await storage.ListDirectoriesAsync(next.Directory, cancellationToken).ConfigureAwait(false))
            {
                pending.Enqueue((BackupPath.Join(next.Directory, name), next.Level + 1));
            }
        }

        return 1;
    }

    private static async Task<bool> HoldsBackupsAsync(IBackupStorage storage, string directory, CancellationToken cancellationToken)
    {
        foreach (var handle in await storage.ListBackupsAsync(directory, cancellationToken).ConfigureAwait(false))
        {
            // Vitess's manifest tells the level as well as ours does.
            if (handle.State is BackupState.Complete
                || (handle.State is BackupState.Foreign && (await handle.Tree.GetAttributesAsync("MANIFEST", cancellationToken).ConfigureAwait(false)).IsOk))
            {
                return true;
            }
        }

        return (await storage.ListIncompleteAsync(directory, cancellationToken).ConfigureAwait(false)).Count > 0;
    }
}
