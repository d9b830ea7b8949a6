using BackupFs.FileSystem;
using BackupFs.Mount;
using BackupFs.Storage;

namespace BackupFs.Cli.Listing;

/// <summary>Finds the backups that a mount shows.</summary>
internal sealed class MountCatalog(ControlClient control)
{
    /// <summary>Those at or below a path, ordered by path.</summary>
    public async Task<IReadOnlyList<BackupRow>> ListAsync(MountedPath mounted, CancellationToken cancellationToken)
    {
        var levels = await control.DirectoryLevelsAsync(mounted, cancellationToken).ConfigureAwait(false);
        var depth = mounted.RelativePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Length;
        if (depth > levels + 1)
        {
            throw new CommandException($"'{ControlClient.Shown(mounted.RelativePath)}' is inside a backup, not above one");
        }

        var rows = new List<BackupRow>();
        await AddAsync(rows, mounted.MountPoint, mounted.RelativePath, levels + 1 - depth, cancellationToken).ConfigureAwait(false);
        return rows;
    }

    private async Task AddAsync(List<BackupRow> rows, string mountPoint, string path, int levelsLeft, CancellationToken cancellationToken)
    {
        var full = Path.Combine(mountPoint, path);
        if (levelsLeft == 0)
        {
            var state = await control.GetAsync(full, ControlAttributes.State, cancellationToken).ConfigureAwait(false);
            var status = StatusText.Parse(await control.GetAsync(full, ControlAttributes.Status, cancellationToken).ConfigureAwait(false));
            rows.Add(new BackupRow(path, state ?? "-", status.Started, status.Files, status.Bytes));
            return;
        }

        foreach (var name in Directory.EnumerateDirectories(full).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal))
        {
            await AddAsync(rows, mountPoint, BackupPath.Join(path, name), levelsLeft - 1, cancellationToken).ConfigureAwait(false);
        }
    }
}
