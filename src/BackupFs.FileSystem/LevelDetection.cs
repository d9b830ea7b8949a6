using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Finds out how many directory levels are above the backups that are stored.</summary>
public static class LevelDetection
{
    private const int DeepestLevel = 4;

    /// <summary>How many directories are looked at before the search gives up.</summary>
    private const int MostDirectories = 1000;

    /// <summary>How many names in a directory are looked at.</summary>
    private const int MostNames = 100;

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

                var names = await storage.ListDirectoriesAsync(directory, cancellationToken).ConfigureAwait(false);
                if (level > 0 && await HoldsBackupsAsync(storage, directory, names, cancellationToken).ConfigureAwait(false))
                {
                    return level;
                }

                below.AddRange(names.Select(name => BackupPath.Join(directory, name)));
            }

            directories = below;
        }

        return null;
    }

    private static async Task<bool> HoldsBackupsAsync(
        IBackupStorage storage, string directory, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var incomplete = await storage.ListIncompleteAsync(directory, cancellationToken).ConfigureAwait(false);
        foreach (var handle in incomplete)
        {
            handle.Dispose();
        }

        if (incomplete.Count > 0)
        {
            return true;
        }

        // The latest backup is the likeliest to be whole; thousands of names are not all looked at.
        foreach (var name in names.Reverse().Take(MostNames))
        {
            if (await storage.HasManifestAsync(directory, name, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }

        return false;
    }
}
