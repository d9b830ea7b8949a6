using BackupFs.Storage.File.Checksums;
using BackupFs.Storage.File.Interop;
using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.File.Staging;

/// <summary>ROOT/.backupfs: where backups are built, and where they go to be deleted. Thread-safe, also across processes.</summary>
/// <remarks>
/// A staging directory is made complete under a random name and then renamed to its key. A directory can only be renamed onto
/// nothing or an empty directory, and staging directories are never empty, so this rename makes the backup's name exclusive on
/// every file system.
/// </remarks>
internal sealed partial class StagingArea(StoreRoot root, FileStorageOptions options, TimeProvider time, ILogger logger)
{
    private const int PrivateDirectory = 0x1C0;
    private const int PrivateFile = 0x180;

    private readonly ChecksumEngine _engine = new(Math.Clamp(options.ChecksumThreads, 1, 64));

    /// <summary>Stages a new backup and makes its name exclusive.</summary>
    /// <exception cref="StorageException">AlreadyExists, or the file system's error.</exception>
    public StagedBackup Start(string directory, string name)
    {
        var key = StagingNames.Key(directory, name);
        var info = StagingInfo.Create(directory, name, Timestamp.From(time.GetUtcNow()));
        using var own = Make(BackupPath.ReservedName);
        using var preparing = Make(StagingNames.New);
        using var open = Make(StagingNames.Open);
        using var newLock = LockNew(own);
        var temporary = StagingNames.Unique();
        Require(NameCalls.MakeDirectory(preparing, temporary, PrivateDirectory), "making a staging directory");
        StagedBackup? staged = null;
        try
        {
            staged = Prepare(preparing, temporary, key, info);
            options.Reached?.Invoke(Checkpoint.StagingPrepared);
            var claimed = Claim(preparing, temporary, open, key);
            if (claimed is Errno.EEXIST or Errno.ENOTEMPTY && RemoveLeftover(key))
            {
                claimed = Claim(preparing, temporary, open, key);
            }

            if (claimed is Errno.EEXIST or Errno.ENOTEMPTY)
            {
                throw new StorageException(
                    StorageErrorKind.AlreadyExists,
                    $"'{BackupPath.Printable(BackupPath.Join(directory, name))}' was started before and is not ended; resume or abort it");
            }

            Require(claimed, "claiming a backup's name");
            Require(SyncCalls.Sync(open), "syncing a staging directory");
            options.Reached?.Invoke(Checkpoint.StagingClaimed);
            return staged;
        }
        catch
        {
            staged?.Dispose();
            _ = TreeDeleter.Delete(preparing, temporary, null, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Moves <paramref name="name"/> of <paramref name="parent"/> out of sight, durably; returns its name in the trash.</summary>
    public string MoveToTrash(Descriptor parent, string name)
    {
        using var trash = Make(StagingNames.Trash);
        var unique = StagingNames.Unique();
        MakeMovable(parent, name);
        Require(NameCalls.Rename(parent, name, trash, unique, RenameFlags.None), "moving a backup to the trash");
        options.Reached?.Invoke(Checkpoint.Trashed);
        Require(SyncCalls.Sync(parent), "syncing a directory");
        Require(SyncCalls.Sync(trash), "syncing the trash");
        options.Reached?.Invoke(Checkpoint.TrashedSynced);
        return unique;
    }

    /// <summary>Deletes what <see cref="MoveToTrash"/> put there. What cannot be deleted is left to the next recovery.</summary>
    public void DeleteFromTrash(string unique, CancellationToken cancellationToken)
    {
        using var trash = Make(StagingNames.Trash);
        var errno = TreeDeleter.Delete(trash, unique, () => options.Reached?.Invoke(Checkpoint.PartlyDeleted), cancellationToken);
        if (errno != Errno.Success)
        {
            FileStorageLog.TrashRemains(logger, unique, errno);
        }
    }

    /// <summary>Removes a staging directory of this process, aborted or ended, and lets go of it.</summary>
    public void Discard(StagedBackup staged, CancellationToken cancellationToken)
    {
        string unique;
        using (var open = Make(StagingNames.Open))
        {
            unique = MoveToTrash(open, staged.Key);
        }

        staged.Dispose();
        DeleteFromTrash(unique, cancellationToken);
    }

    /// <summary>A directory of a mode its owner cannot write cannot be moved elsewhere by him: its ".." would change.</summary>
    public static void MakeMovable(Descriptor parent, string name)
    {
        if (!FileSystemCalls.IsSuperuser
            && AttributeCalls.Statx(parent, name, out var attributes) == Errno.Success
            && FileTypes.FromMode(attributes.Mode) == EntryType.Directory
            && (attributes.Mode & PrivateDirectory) != PrivateDirectory)
        {
            // If this fails, so does the rename, with the error that matters.
            _ = AttributeCalls.ChangeMode(parent, name, (attributes.Mode & 0xFFF) | PrivateDirectory);
        }
    }

    /// <summary>Throws what a system call met.</summary>
    internal static void Require(Errno errno, string operation)
    {
        if (errno != Errno.Success)
        {
            throw ErrnoMap.ToError(errno, operation).ToException();
        }
    }

    private StagedBackup Prepare(Descriptor parent, string name, string key, StagingInfo info)
    {
        Require(OpenCalls.OpenAt(parent, name, OpenFlags.ReadOnly | OpenFlags.Directory, 0, out var directory), "opening a staging directory");
        Descriptor? lockFile = null;
        Journal? journal = null;
        try
        {
            Require(
                OpenCalls.OpenAt(directory, StagingNames.Lock, OpenFlags.ReadWrite | OpenFlags.Create, PrivateFile, out lockFile),
                "making a lock");
            Require(FileSystemCalls.TryLockExclusive(lockFile), "locking a staging directory");
            WriteInfo(directory, info);
            Require(Journal.Open(directory, StagingNames.Journal, out journal), "making a journal");
            Require(NameCalls.MakeDirectory(directory, StagingNames.Data, StoreRoot.ModeOfDirectories), "making a staging directory");
            Require(AttributeCalls.ChangeMode(directory, StagingNames.Data, StoreRoot.ModeOfDirectories), "making a staging directory");
            Require(SyncCalls.Sync(directory), "syncing a staging directory");
            return new StagedBackup(key, directory, lockFile, info, new FileTable(journal, _engine, time, []));
        }
        catch
        {
            journal?.Dispose();
            lockFile?.Dispose();
            directory.Dispose();
            throw;
        }
    }

    private static Errno Claim(Descriptor preparing, string temporary, Descriptor open, string key) =>
        NameCalls.Rename(preparing, temporary, open, key, RenameFlags.None);

    private static void WriteInfo(Descriptor staging, StagingInfo info)
    {
        const string Temporary = StagingNames.Info + StagingNames.TemporarySuffix;
        const int Flags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Truncate;
        Require(OpenCalls.OpenAt(staging, Temporary, Flags, PrivateFile, out var file), "writing a staging directory's info");
        using (file)
        {
            Require(ContentCalls.Write(file, info.Serialize(), 0), "writing a staging directory's info");
            Require(SyncCalls.Sync(file), "writing a staging directory's info");
        }

        Require(
            NameCalls.Rename(staging, Temporary, staging, StagingNames.Info, RenameFlags.None),
            "writing a staging directory's info");
    }

    private static Descriptor LockNew(Descriptor own)
    {
        Require(
            OpenCalls.OpenAt(own, StagingNames.NewLock, OpenFlags.ReadWrite | OpenFlags.Create, PrivateFile, out var file),
            "opening a lock");
        Require(FileSystemCalls.LockSharedWaiting(file), "waiting for a recovery");
        return file;
    }

    private Descriptor Make(string path)
    {
        Require(root.MakeDirectories(path, PrivateDirectory, out var directory), $"opening '{path}'");
        return directory;
    }
}
