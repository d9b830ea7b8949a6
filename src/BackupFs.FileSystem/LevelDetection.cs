using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Finds out how many directory levels are above the backups that are stored.</summary>
public static class LevelDetection
{
    private const int DeepestLevel = 4;

    /// <summary>How many directories are looked at before the search gives up.</summary>
    private const int MostDirectories = 1000;

    /// <summary>In how many directories that may be backups of something else a manifest is looked for; each may be a request.</summary>
    private const int MostManifests = 32;

    /// <summary>
    /// The level at which the first manifest (ours or Vitess's) is found, nearest to the root first; also an open or
    /// incomplete backup tells it. Null when nothing does.
    /// </summary>
    public static async Task<int?> DetectAsync(IBackupStorage storage, CancellationToken cancellationToken)
    {
        var directories = new List<string> { "" };
        var looked = 0;
        for (var level = 0; level <= DeepestLevel && directories.Count > 0; level++)
        {
            var below = new List<string>();
            foreach (var directory in directories)
            {
                if (++looked > MostDirectories)
                {
                    return null;
                }

                // At the same time: each may take as long as a storage far away takes.
                var names = storage.ListDirectoriesAsync(directory, cancellationToken).AsTask();
                var holdsBackups = level > 0
                    ? HoldsBackupsAsync(storage, directory, cancellationToken)
                    : Task.FromResult(false);
                await Task.WhenAll(names, holdsBackups).ConfigureAwait(false);
                if (await holdsBackups.ConfigureAwait(false))
                {
                    return level;
                }

                below.AddRange((await names.ConfigureAwait(false)).Select(name => BackupPath.Join(directory, name)));
            }

            directories = below;
        }

        return null;
    }

    private static async Task<bool> HoldsBackupsAsync(
        IBackupStorage storage, string directory, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var incomplete = storage.ListIncompleteAsync(directory, cancellationToken).AsTask();
        var backups = storage.ListBackupsAsync(directory, cancellationToken).AsTask();
        await Task.WhenAll(incomplete, backups).ConfigureAwait(false);
        IBackupHandle[] handles = [.. await incomplete.ConfigureAwait(false), .. await backups.ConfigureAwait(false)];
        try
        {
            if (handles.Any(handle => handle.State is BackupState.Incomplete or BackupState.Complete))
            {
                return true;
            }

            foreach (var handle in handles.Take(storage.Capabilities.LocalSpeed ? handles.Length : MostManifests))
            {
                if ((await handle.Tree.GetAttributesAsync(VitessNames.ManifestFileName, cancellationToken).ConfigureAwait(false)).IsOk)
                {
                    return true;
                }
            }

            return false;
        }
        finally
        {
            foreach (var handle in handles)
            {
                handle.Dispose();
            }
        }
    }
}
