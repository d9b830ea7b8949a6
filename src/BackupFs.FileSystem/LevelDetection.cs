using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Finds out how many directory levels are above the backups that are stored.</summary>
public static class LevelDetection
{
    private const int DeepestLevel = 4;

    /// <summary>How many directories are looked at before the search gives up.</summary>
    private const int MostDirectories = 1000;

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

                if (level > 0 && await HoldsBackupsAsync(storage, directory, cancellationToken).ConfigureAwait(false))
                {
                    return level;
                }

                foreach (var name in await storage.ListDirectoriesAsync(directory, cancellationToken).ConfigureAwait(false))
                {
                    below.Add(BackupPath.Join(directory, name));
                }
            }

            directories = below;
        }

        return null;
    }

    private static async Task<bool> HoldsBackupsAsync(IBackupStorage storage, string directory, CancellationToken cancellationToken)
    {
        var incomplete = await storage.ListIncompleteAsync(directory, cancellationToken).ConfigureAwait(false);
        foreach (var handle in incomplete)
        {
            handle.Dispose();
        }

        var found = incomplete.Count > 0;
        foreach (var handle in await storage.ListBackupsAsync(directory, cancellationToken).ConfigureAwait(false))
        {
            using (handle)
            {
                found = found
                    || handle.State == BackupState.Complete
                    || (await handle.Tree.GetAttributesAsync(VitessNames.ManifestFileName, cancellationToken).ConfigureAwait(false)).IsOk;
            }
        }

        return found;
    }
}
