using BackupFs.Storage.File.Interop;
using BackupFs.Storage.File.Trees;

namespace BackupFs.Storage.File.Staging;

internal sealed partial class StagingArea
{
    private const int MaximumInfoSize = 64 << 10;

    /// <summary>The info of an incomplete backup (not open in a live process of this host); null if there is none.</summary>
    public StagingInfo? FindIncomplete(string directory, string name)
    {
        using var staging = OpenStaging(StagingNames.Key(directory, name));
        return staging is null ? null : ReadIncomplete(staging);
    }

    /// <summary>All incomplete backups of a directory, in no particular order.</summary>
    public List<StagingInfo> ListIncomplete(string directory)
    {
        var found = new List<StagingInfo>();
        foreach (var key in ListNames(StagingNames.Open))
        {
            using var staging = OpenStaging(key);
            if (staging is not null && ReadIncomplete(staging) is { } info && info.Directory == directory)
            {
                found.Add(info);
            }
        }

        return found;
    }

    /// <summary>Opens an incomplete backup again.</summary>
    /// <exception cref="StorageException">NotFound; Busy; or the file system's error.</exception>
    public StagedBackup Resume(string directory, string name, CancellationToken cancellationToken)
    {
        var key = StagingNames.Key(directory, name);
        var staging = OpenStaging(key) ?? throw StorageError.NotFound.ToException();
        Descriptor? lockFile = null;
        try
        {
            lockFile = TryLock(staging) ?? throw new StorageException(
                StorageErrorKind.Busy,
                $"'{BackupPath.Printable(BackupPath.Join(directory, name))}' is open in another process");
            if (!HasData(staging) || !IsStill(staging, key))
            {
                throw StorageError.NotFound.ToException();
            }

            var old = ReadInfo(staging);
            var lostWrites = old is null || old.MayHaveLostWrites;
            var states = Settle(staging, lostWrites, cancellationToken);
            var journal = RewriteJournal(staging, states);

            // Only now: the journal says itself what a crash of the machine made doubtful.
            var info = StagingInfo.Create(directory, name, old?.Started ?? Timestamp.From(time.GetUtcNow()));
            WriteInfo(staging, info);
            Require(SyncCalls.Sync(staging), "syncing a staging directory");
            FileStorageLog.Resumed(logger, directory, name, lostWrites);
            return new StagedBackup(key, staging, lockFile, info, new FileTable(journal, _engine, time, states));
        }
        catch
        {
            lockFile?.Dispose();
            staging.Dispose();
            throw;
        }
    }

    /// <summary>Removes an incomplete backup; false if there is none.</summary>
    /// <exception cref="StorageException">Busy while it is open.</exception>
    public bool RemoveIncomplete(string directory, string name, CancellationToken cancellationToken)
    {
        var key = StagingNames.Key(directory, name);
        using var staging = OpenStaging(key);
        if (staging is null)
        {
            return false;
        }

        using var lockFile = TryLock(staging) ?? throw new StorageException(
            StorageErrorKind.Busy, $"'{BackupPath.Printable(BackupPath.Join(directory, name))}' is open for writing");
        if (!IsStill(staging, key))
        {
            return false;
        }

        var hadData = HasData(staging);
        using var open = Make(StagingNames.Open);
        DeleteFromTrash(MoveToTrash(open, key), cancellationToken);
        return hadData;
    }

    /// <summary>Finishes ends that had become visible, starts that had not, and deletions. Leaves alone what is locked.</summary>
    public void Recover(CancellationToken cancellationToken)
    {
        foreach (var key in ListNames(StagingNames.Open))
        {
            if (RemoveLeftover(key))
            {
                FileStorageLog.EndFinished(logger, key);
            }
        }

        using (var own = Make(BackupPath.ReservedName))
        using (var preparing = Make(StagingNames.New))
        {
            Require(
                OpenCalls.OpenAt(own, StagingNames.NewLock, OpenFlags.ReadWrite | OpenFlags.Create, PrivateFile, out var file),
                "opening a lock");
            using (file)
            {
                if (FileSystemCalls.TryLockExclusive(file) == Errno.Success)
                {
                    foreach (var name in ListNames(StagingNames.New))
                    {
                        _ = TreeDeleter.Delete(preparing, name, null, cancellationToken);
                    }
                }
            }
        }

        foreach (var name in ListNames(StagingNames.Trash))
        {
            cancellationToken.ThrowIfCancellationRequested();
            DeleteFromTrash(name, cancellationToken);
        }
    }

    /// <summary>Removes the staging directory of a backup that has become visible, if its process is gone.</summary>
    private bool RemoveLeftover(string key)
    {
        using var staging = OpenStaging(key);
        if (staging is null || HasData(staging))
        {
            return false;
        }

        using var lockFile = TryLock(staging);
        if (lockFile is null || HasData(staging) || !IsStill(staging, key))
        {
            return false;
        }

        using var open = Make(StagingNames.Open);
        DeleteFromTrash(MoveToTrash(open, key), CancellationToken.None);
        return true;
    }

    private Descriptor? OpenStaging(string key)
    {
        var errno = root.OpenDirectory($"{StagingNames.Open}/{key}", out var staging);
        if (errno is not (Errno.Success or Errno.ENOENT))
        {
            Require(errno, "opening a staging directory");
        }

        return errno == Errno.Success ? staging : null;
    }

    private List<string> ListNames(string path)
    {
        var errno = root.OpenDirectory(path, out var directory);
        if (errno == Errno.ENOENT)
        {
            return [];
        }

        Require(errno, $"opening '{path}'");
        using (directory)
        {
            Require(DirectoryCalls.Read(directory, out var entries), $"reading '{path}'");
            return [.. entries.Select(entry => entry.Name)];
        }
    }

    /// <summary>The info if it can be resumed: it has data, and no live process of this host has it open.</summary>
    private static StagingInfo? ReadIncomplete(Descriptor staging) =>
        HasData(staging) && ReadInfo(staging) is { } info && !(info.IsOfThisHost && IsLocked(staging)) ? info : null;

    private static StagingInfo? ReadInfo(Descriptor staging)
    {
        if (OpenCalls.OpenAt(staging, StagingNames.Info, OpenFlags.ReadOnly, 0, out var file) != Errno.Success)
        {
            return null;
        }

        using (file)
        {
            var buffer = new byte[MaximumInfoSize];
            return ContentCalls.Read(file, buffer, 0, out var read) == Errno.Success ? StagingInfo.Parse(buffer.AsSpan(0, read)) : null;
        }
    }

    private static bool HasData(Descriptor staging) => AttributeCalls.Statx(staging, StagingNames.Data, out _) == Errno.Success;

    private static bool IsLocked(Descriptor staging)
    {
        using var lockFile = TryLock(staging);
        return lockFile is null;
    }

    /// <summary>The lock, taken; null if somebody has it.</summary>
    private static Descriptor? TryLock(Descriptor staging)
    {
        Require(
            OpenCalls.OpenAt(staging, StagingNames.Lock, OpenFlags.ReadWrite | OpenFlags.Create, PrivateFile, out var file),
            "opening a lock");
        if (FileSystemCalls.TryLockExclusive(file) == Errno.Success)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Whether nobody has moved the directory away between its opening and its locking.</summary>
    private bool IsStill(Descriptor staging, string key)
    {
        using var now = OpenStaging(key);
        return now is not null
            && AttributeCalls.Statx(now, out var current) == Errno.Success
            && AttributeCalls.Statx(staging, out var locked) == Errno.Success
            && current.Inode == locked.Inode;
    }

    private static List<FileState> Settle(Descriptor staging, bool lostWrites, CancellationToken cancellationToken)
    {
        var summary = new JournalSummary();
        Require(Journal.Open(staging, StagingNames.Journal, out var journal), "opening a journal");
        using (journal)
        {
            Require(journal.Read(summary.Add, out var intact), "reading a journal");
            summary.IsIntact = intact;
        }

        using var data = OpenData(staging);
        var files = TreeWalk.Inspect(data, cancellationToken)
            .Where(entry => entry.Attributes.Type == EntryType.File)
            .Select(entry => entry.Attributes.FileId)
            .Distinct();
        return summary.Settle(files, lostWrites);
    }

    private static Descriptor OpenData(Descriptor staging)
    {
        Require(
            OpenCalls.OpenAt(staging, StagingNames.Data, OpenFlags.PathOnly | OpenFlags.Directory, 0, out var data),
            "opening a backup's data");
        return data;
    }

    /// <summary>A journal that says only what counts; the old one may have a torn end.</summary>
    private static Journal RewriteJournal(Descriptor staging, List<FileState> states)
    {
        const string Temporary = StagingNames.Journal + StagingNames.TemporarySuffix;
        _ = NameCalls.Unlink(staging, Temporary);
        Require(Journal.Open(staging, Temporary, out var journal), "writing a journal");
        try
        {
            foreach (var state in states)
            {
                if (state.IsSynced)
                {
                    Require(journal.Append(JournalEvent.Synced, state.FileId), "writing a journal");
                }

                if (state.IsUnfinished)
                {
                    Require(journal.Append(JournalEvent.Marked, state.FileId), "writing a journal");
                }
            }

            Require(journal.Sync(), "writing a journal");
            Require(
                NameCalls.Rename(staging, Temporary, staging, StagingNames.Journal, RenameFlags.None),
                "writing a journal");
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }
}
