using System.Collections.Concurrent;
using System.Globalization;
using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Reading state and giving commands through <see cref="ControlAttributes"/>.</summary>
public sealed partial class BackupFileSystem
{
    /// <summary>Why the latest command given to a directory above the backups was refused, by its path.</summary>
    private readonly ConcurrentDictionary<string, string> _refusals = new(StringComparer.Ordinal);

    /// <summary>What the last drain did, for <see cref="ControlAttributes.Report"/>; null before the first.</summary>
    private DrainReport? _lastDrain;

    private async ValueTask<FsResult<string>> ReadControlAsync(Inode inode, string name, CancellationToken cancellationToken)
    {
        switch (inode, name)
        {
            case (EntryInode { IsBackupRoot: true } root, ControlAttributes.State):
                return StateName(root.Backup);
            case (EntryInode { IsBackupRoot: true } root, ControlAttributes.Status):
                return await StatusOfAsync(root.Backup, cancellationToken).ConfigureAwait(false);
            case (EntryInode root, ControlAttributes.Error) when root.Backup.Open is { } life:
                string? path;
                using (root.Backup.LockNames())
                {
                    path = root.Path;
                }

                var reasons = life.Refusals()
                    .Where(refusal => root.IsBackupRoot || (path is not null && IsAtOrBelow(path, refusal.Path)))
                    .Select(refusal => refusal.Reason).ToArray();
                return reasons.Length == 0 ? FsError.NoAttribute : string.Join('\n', reasons);
            case (EntryInode { Type: EntryType.File, Backup.Open: null } file, ControlAttributes.Sha256):
                return await Sha256OfAsync(file, cancellationToken).ConfigureAwait(false);
            case (DirectoryInode directory, ControlAttributes.Error):
                return _refusals.TryGetValue(directory.Path, out var refusal) ? refusal : FsError.NoAttribute;
            case (DirectoryInode { Level: 0 }, ControlAttributes.Storage):
                return _options.StorageLocation ?? _storage.Location;
            case (DirectoryInode { Level: 0 }, ControlAttributes.DirectoryLevels):
                return DirectoryLevels.ToString(CultureInfo.InvariantCulture);
            case (DirectoryInode { Level: 0 }, ControlAttributes.ProcessId):
                return Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            case (DirectoryInode { Level: 0 }, ControlAttributes.Report):
                return Report();
            default:
                return FsError.NoAttribute;
        }
    }

    private async ValueTask<FsError> CommandAsync(
        Inode inode, string name, string value, Caller caller, CancellationToken cancellationToken)
    {
        if (_options.ReadOnly && name != ControlAttributes.Drain)
        {
            return FsError.ReadOnly;
        }

        if (inode is DirectoryInode { Path: var path })
        {
            _refusals.TryRemove(path, out _);
        }

        switch (inode, name)
        {
            case (EntryInode { IsBackupRoot: true } root, ControlAttributes.State):
                return await SetStateAsync(root.Backup, value, cancellationToken).ConfigureAwait(false);
            case (EntryInode entry, ControlAttributes.Accept):
                return Accept(entry);
            case (DirectoryInode directory, ControlAttributes.Resume) when HoldsBackups(directory):
                return await ResumeAsync(directory, value, cancellationToken).ConfigureAwait(false);
            case (DirectoryInode directory, ControlAttributes.Abort) when HoldsBackups(directory):
                return await AbortNamedAsync(directory, value, cancellationToken).ConfigureAwait(false);
            case (DirectoryInode directory, ControlAttributes.Remove) when HoldsBackups(directory):
                return await RemoveNamedAsync(directory, value, cancellationToken).ConfigureAwait(false);
            case (DirectoryInode { Level: 0 }, ControlAttributes.Drain):
                _lastDrain = await DrainAsync(isFinal: false, caller, cancellationToken).ConfigureAwait(false);
                return FsError.None;
            default:
                return FsError.NotPermitted;
        }
    }

    private FsError Refuse(DirectoryInode directory, string name, string reason, FsError error)
    {
        var path = BackupPath.Printable(BackupPath.Join(directory.Path, name));
        FileSystemLog.Refused(_log, path, reason);
        _refusals[directory.Path] = $"{path}: {reason}";
        return error;
    }

    private async ValueTask<FsError> SetStateAsync(Backup backup, string value, CancellationToken cancellationToken)
    {
        switch (value.TrimEnd('\n'))
        {
            case "complete" when backup.Open is not null:
                return await EndAsync(backup, "asked for", cancellationToken).ConfigureAwait(false);
            case "complete":
                return backup.Handle.State == BackupState.Complete ? FsError.None : FsError.NotPermitted;
            case "aborted" when backup.Open is not null:
                return await AbortAndTellAsync(backup, cancellationToken).ConfigureAwait(false);
            case "aborted":
                return FsError.ReadOnly;
            default:
                FileSystemLog.Refused(_log, BackupPath.Printable(backup.Path), "the state can be set to 'complete' or 'aborted'");
                return FsError.InvalidArgument;
        }
    }

    private FsError Accept(EntryInode entry)
    {
        if (entry.Backup.Open is not { } life)
        {
            return FsError.ReadOnly;
        }

        string? path;
        using (entry.Backup.LockNames())
        {
            path = entry.Path;
        }

        if (path is null)
        {
            return FsError.Stale;
        }

        life.Accept(path, entry.FileId);
        return FsError.None;
    }

    private async ValueTask<FsError> ResumeAsync(DirectoryInode directory, string name, CancellationToken cancellationToken)
    {
        try
        {
            if (_backups.FindOpen(directory.Path, name) is not null)
            {
                return Refuse(directory, name, "it is open already", FsError.AlreadyExists);
            }

            var handle = await WaitOrUndoAsync(
                _storage.ResumeBackupAsync(directory.Path, name, _stopping.Token).AsTask(), LeaveAsync, cancellationToken).ConfigureAwait(false);
            var root = await handle.Tree.GetAttributesAsync("", CancellationToken.None).ConfigureAwait(false);
            if (!root.IsOk)
            {
                handle.Dispose();
                return Refuse(directory, name, root.Error.ToString(), FsErrors.From(root.Error));
            }

            // Its writers are gone: only an explicit end can tell that it is whole, so it is shown as a partial one.
            var backup = AddOpenBackup(handle, root.Value.FileId, isPartial: true, isResumed: true);
            Listener?.NameChanged(directory.Number, name);
            Listener?.NameChanged(directory.Number, backup.ShownName);
            FileSystemLog.Resumed(_log, BackupPath.Printable(backup.Path));
            backup.Release();
            return FsError.None;
        }
        catch (StorageException error)
        {
            return Refuse(directory, name, error.Message, FsErrors.From(error.Error));
        }

        static async Task LeaveAsync(IBackupHandle unwanted)
        {
            using (unwanted)
            {
                await unwanted.SuspendAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<FsError> AbortNamedAsync(DirectoryInode directory, string name, CancellationToken cancellationToken)
    {
        if ((_backups.FindOpen(directory.Path, name) ?? _backups.FindOpenByShownName(directory.Path, name)) is { } open)
        {
            return await AbortAndTellAsync(open, cancellationToken).ConfigureAwait(false);
        }

        return await GoOnAsync(AbortToTheEndAsync(), () => Listener?.NameChanged(directory.Number, name), byName: false, cancellationToken)
            .ConfigureAwait(false);

        async Task<FsError> AbortToTheEndAsync()
        {
            try
            {
                KeepDirectory(directory.Path);
                using var handle = await _storage.ResumeBackupAsync(directory.Path, name, _stopping.Token).ConfigureAwait(false);
                await handle.AbortBackupAsync(_stopping.Token).ConfigureAwait(false);
                StoredChanged(directory.Path, name, isThere: false);
                FileSystemLog.Aborted(_log, BackupPath.Printable(BackupPath.Join(directory.Path, name)));
                return FsError.None;
            }
            catch (StorageException error)
            {
                return Refuse(directory, name, error.Message, FsErrors.From(error.Error));
            }
        }
    }

    private async ValueTask<FsError> RemoveNamedAsync(DirectoryInode directory, string name, CancellationToken cancellationToken)
    {
        var found = await FindBackupAsync(directory.Path, name, cancellationToken).ConfigureAwait(false);
        if (!found.IsOk)
        {
            return Refuse(directory, name, found.Error == FsError.NotFound ? "there is no such backup" : "it cannot be read", found.Error);
        }

        try
        {
            return found.Value.Open is not null ? Refuse(directory, name, "it is open; 'backupfs abort' removes it", FsError.Busy)
                : !MayRemove(found.Value) ? Refuse(directory, name, WhyNotRemoved(found.Value), FsError.NotPermitted)
                : await RemoveStoredAsync(found.Value, byName: false, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            found.Value.Release();
        }
    }

    private ValueTask<FsError> AbortAndTellAsync(Backup backup, CancellationToken cancellationToken) =>
        AbortAsync(backup, onlyIfEmpty: false, byName: false, cancellationToken);

    private static string StateName(Backup backup) => backup.Open?.StateName ?? backup.Handle.State switch
    {
        BackupState.Open => "open",
        BackupState.Complete => "complete",
        BackupState.Incomplete => "incomplete",
        BackupState.Foreign => "foreign",
    };

    private static async ValueTask<FsResult<string>> StatusOfAsync(Backup backup, CancellationToken cancellationToken)
    {
        var lines = new List<string>
        {
            $"state: {StateName(backup)}",
            $"name: {BackupPath.Printable(backup.Path)}",
            $"started: {backup.Handle.StartTime.ToDateTimeOffset().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)}",
        };
        if (backup.Open is { } life)
        {
            lines.AddRange(life.Refusals().Select(refusal => $"{(refusal.IsOpenFile ? "open" : "problem")}: {refusal.Reason}"));
            if (life.FilesBeingStored is var storing and > 0)
            {
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"storing: {storing}"));
            }

            if (life.ReasonAgainstAutomaticEnd() is { } reason)
            {
                lines.Add($"waits: {reason}");
            }
        }

        try
        {
            if (await backup.Handle.ReadManifestAsync(cancellationToken).ConfigureAwait(false) is { } manifest)
            {
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"files: {manifest.Files().Count()}"));
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"bytes: {manifest.Files().Sum(file => file.Size)}"));
                lines.AddRange(manifest.Notes.Writers.Select(note =>
                    $"note: {BackupPath.Printable(note.Program)} (process {note.ProcessId}) ended with {note.Ending}"));
                lines.AddRange(manifest.Notes.Accepted.Select(accepted => $"accepted: {BackupPath.Printable(accepted)}"));
            }
        }
        catch (StorageException error)
        {
            lines.Add($"problem: {error.Message}");
        }

        return string.Join('\n', lines);
    }

    private string Report()
    {
        var lines = _lastDrain is { } drained
            ? drained.Completed.Select(path => $"complete\t{path}\t")
            : [];
        return string.Join('\n', lines.Concat(_backups.Open
            .Where(backup => backup.Open is not null)
            .Select(backup => $"{StateName(backup)}\t{BackupPath.Printable(backup.Path)}\t{WhyNotEnded(backup)}")));
    }

    private static async ValueTask<FsResult<string>> Sha256OfAsync(EntryInode file, CancellationToken cancellationToken)
    {
        string? path;
        using (file.Backup.LockNames())
        {
            path = file.Path;
        }

        try
        {
            var manifest = path is null ? null : await file.Backup.Handle.ReadManifestAsync(cancellationToken).ConfigureAwait(false);
            return manifest?.FindChecksums(path!) is { } sums ? Convert.ToHexStringLower(sums.Sha256) : FsError.NoAttribute;
        }
        catch (StorageException error)
        {
            return FsErrors.From(error.Error);
        }
    }

    private static bool IsAtOrBelow(string above, string? path) =>
        path is not null && (path == above || path.StartsWith(above + "/", StringComparison.Ordinal));
}
