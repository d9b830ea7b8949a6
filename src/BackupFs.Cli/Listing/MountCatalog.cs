using BackupFs.FileSystem;
using BackupFs.Mount;
using BackupFs.Storage;

namespace BackupFs.Cli.Listing;

/// <summary>Finds the backups that a mount shows.</summary>
internal sealed class MountCatalog(ControlClient control)
{
    private const int MostLooks = 10; // at a directory that changes

    /// <summary>Those at or below a path, ordered by path.</summary>
    public async Task<IReadOnlyList<BackupRow>> ListAsync(MountedPath mounted, CancellationToken cancellationToken)
    {
        var levels = await control.DirectoryLevelsAsync(mounted, cancellationToken).ConfigureAwait(false);
        var depth = mounted.RelativePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Length;
        if (depth > levels + 1)
        {
            throw new CommandException($"'{ControlClient.Shown(mounted.RelativePath)}' is inside a backup, not above one");
        }

        return await FindAsync(mounted.MountPoint, mounted.RelativePath, levels + 1 - depth, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<BackupRow>> FindAsync(string mountPoint, string path, int levelsLeft, CancellationToken cancellationToken)
    {
        if (levelsLeft == 0)
        {
            return [await DescribeAsync(mountPoint, path, cancellationToken).ConfigureAwait(false)];
        }

        // Backups end under another name, and are removed, meanwhile: then the directory is looked at again.
        var found = new Dictionary<string, IReadOnlyList<BackupRow>>(StringComparer.Ordinal);
        for (var look = 1; ; look++)
        {
            var names = Directory.EnumerateDirectories(Path.Combine(mountPoint, path)).Select(Path.GetFileName).OfType<string>()
                .Order(StringComparer.Ordinal).ToArray();
            var isWhole = true;
            foreach (var name in names.Where(name => !found.ContainsKey(name)))
            {
                var child = BackupPath.Join(path, name);
                try
                {
                    found[name] = await FindAsync(mountPoint, child, levelsLeft - 1, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception exception) when (exception is DirectoryNotFoundException or MountException { IsNotFound: true })
                {
                    isWhole = false;
                }
            }

            if (isWhole || look == MostLooks)
            {
                return [.. names.Where(found.ContainsKey).SelectMany(name => found[name])];
            }
        }
    }

    private async Task<BackupRow> DescribeAsync(string mountPoint, string path, CancellationToken cancellationToken)
    {
        var full = Path.Combine(mountPoint, path);
        var state = await control.GetAsync(full, ControlAttributes.State, cancellationToken).ConfigureAwait(false);
        if (state is null && !Directory.Exists(full))
        {
            // Windows' control does not tell what is not there from what has no state.
            throw new DirectoryNotFoundException($"'{ControlClient.Shown(full)}' does not exist");
        }

        var status = StatusText.Parse(await control.GetAsync(full, ControlAttributes.Status, cancellationToken).ConfigureAwait(false));
        return new BackupRow(path, state ?? "-", status.Started, status.Files, status.Bytes);
    }
}
