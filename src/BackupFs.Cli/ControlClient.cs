using BackupFs.FileSystem;
using BackupFs.Mount;
using BackupFs.Storage;

namespace BackupFs.Cli;

/// <summary>
/// <see cref="IMountControl"/> for verbs: off the calling thread, because an end or a drain takes as long as it takes, and
/// with messages for users.
/// </summary>
internal sealed class ControlClient(IMountControl control)
{
    /// <summary>The mount that a path is in.</summary>
    /// <exception cref="CommandException">It is in none.</exception>
    public async Task<MountedPath> FindAsync(string path, CancellationToken cancellationToken) =>
        await TryFindAsync(path, cancellationToken).ConfigureAwait(false)
        ?? throw InNoMount(path);

    /// <summary>The mount that a path is in, or null.</summary>
    public Task<MountedPath?> TryFindAsync(string path, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(path);
        return Run(() => control.Find(full), cancellationToken);
    }

    /// <summary>Reads a control attribute; null if it is not set.</summary>
    public Task<string?> GetAsync(string path, string attribute, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(path);
        return Run(() => control.Get(full, attribute), cancellationToken);
    }

    /// <summary>Sets a control attribute.</summary>
    public Task SetAsync(string path, string attribute, string value, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(path);
        return Run(
            () =>
            {
                control.Set(full, attribute, value);
                return true;
            },
            cancellationToken);
    }

    /// <summary>Sets a control attribute; a refusal names what was refused, with its reasons one a line.</summary>
    /// <exception cref="CommandException">It was refused.</exception>
    public async Task CommandAsync(string path, string attribute, string value, string refusal, CancellationToken cancellationToken)
    {
        try
        {
            await SetAsync(path, attribute, value, cancellationToken).ConfigureAwait(false);
        }
        catch (MountException exception)
        {
            var reasons = exception.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            throw new CommandException(
                refusal + (reasons.Length == 1 ? $": {reasons[0]}" : ":" + string.Concat(reasons.Select(reason => $"\n  {reason}"))), exception);
        }
    }

    /// <summary>The state of a backup; null if the mount does not show it.</summary>
    public async Task<string?> StateOfAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(path, ControlAttributes.State, cancellationToken).ConfigureAwait(false);
        }
        catch (MountException)
        {
            return null;
        }
    }

    /// <summary>Gives a command about a backup to the directory that holds it: the backup itself may not be shown.</summary>
    /// <exception cref="CommandException">It was refused.</exception>
    public Task CommandOnParentAsync(string path, string attribute, string refusal, CancellationToken cancellationToken)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return CommandAsync(
            Path.GetDirectoryName(full) ?? full, attribute, Path.GetFileName(full), $"'{Shown(path)}' {refusal}", cancellationToken);
    }

    /// <summary>Unmounts.</summary>
    public Task UnmountAsync(string mountPoint, bool lazy, CancellationToken cancellationToken) => Run(
        () =>
        {
            control.Unmount(mountPoint, lazy);
            return true;
        },
        cancellationToken);

    /// <summary>The number of directory levels above a backup in a mount.</summary>
    public async Task<int> DirectoryLevelsAsync(MountedPath mounted, CancellationToken cancellationToken)
    {
        var text = await GetAsync(mounted.MountPoint, ControlAttributes.DirectoryLevels, cancellationToken).ConfigureAwait(false);
        return int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var levels) && levels > 0
            ? levels
            : throw new CommandException($"the mount at '{Shown(mounted.MountPoint)}' does not say its directory levels");
    }

    /// <summary>The backup that a path in a mount belongs to.</summary>
    /// <param name="mounted">The path.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Null if the path is above the backups.</returns>
    public async Task<BackupTarget?> BackupOfAsync(MountedPath mounted, CancellationToken cancellationToken)
    {
        var levels = await DirectoryLevelsAsync(mounted, cancellationToken).ConfigureAwait(false);
        var segments = mounted.RelativePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return segments.Length <= levels ? null : new BackupTarget(string.Join('/', segments.Take(levels)), segments[levels]);
    }

    /// <summary>The backup that a path names, existing or not; its parent has to exist in a mount.</summary>
    /// <param name="path">The backup's own directory.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CommandException">The path is not at the level of backups.</exception>
    public async Task<BackupTarget> RequireBackupAsync(string path, CancellationToken cancellationToken)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var parent = await TryFindAsync(Path.GetDirectoryName(full) ?? full, cancellationToken).ConfigureAwait(false) ?? throw InNoMount(path);
        var target = new BackupTarget(parent.RelativePath, Path.GetFileName(full));
        var levels = await DirectoryLevelsAsync(parent, cancellationToken).ConfigureAwait(false);
        var depth = parent.RelativePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Length;
        return depth == levels
            ? target
            : throw new CommandException(
                $"'{Shown(path)}' is not a backup: in the mount at '{Shown(parent.MountPoint)}' backups are {string.Concat(Enumerable.Repeat("DIR/", levels))}NAME");
    }

    /// <summary>A path for a message.</summary>
    public static string Shown(string path) => BackupPath.Printable(path);

    private static CommandException InNoMount(string path) => new(
        $"'{Shown(path)}' is not in a BackupFs mount" + (OperatingSystem.IsWindows() ? "" : "; 'findmnt -t fuse.backupfs' lists the mounts"));

    // The file system call cannot be cancelled from here, but nobody has to wait for it: the kernel interrupts it when the
    // process ends.
    private static Task<T> Run<T>(Func<T> call, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(cancellationToken);
}
