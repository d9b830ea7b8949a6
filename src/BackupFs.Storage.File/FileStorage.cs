using BackupFs.Storage.File.Interop;
using BackupFs.Storage.File.Staging;
using BackupFs.Storage.File.Trees;
using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.File;

/// <summary>
/// Backups in a directory of this machine (or of a mounted network file system), laid out as Vitess's <c>file</c> plugin does:
/// <c>ROOT/dir/name/file</c>. An open backup is built in <c>ROOT/.backupfs</c> and renamed into place when it is whole.
/// </summary>
/// <remarks>Linux only. Thread-safe; several processes may use one root.</remarks>
public sealed partial class FileStorage : IBackupStorage
{
    /// <summary>Makes a storage. The root directory is made and opened when it is first needed; <see cref="OpenAsync"/> does so at once.</summary>
    public FileStorage(FileStorageOptions options, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        (Options, Time, Logger) = (options, time, logger);
        Root = new StoreRoot(options.Root);
        Staging = new StagingArea(Root, options, time, logger);
    }

    /// <inheritdoc/>
    public string Scheme => "file";

    /// <inheritdoc/>
    public string Location => $"file://{Root.Path}";

    /// <inheritdoc/>
    public StorageCapabilities Capabilities { get; } = new(
        RandomWrites: true, Rename: true, LocalDescriptors: true, RealDirectories: true, LocalSpeed: true);

    internal FileStorageOptions Options { get; }

    internal TimeProvider Time { get; }

    internal ILogger Logger { get; }

    internal StoreRoot Root { get; }

    internal StagingArea Staging { get; }

    internal ManifestCache Manifests { get; } = new();

    /// <summary>Makes a storage and its root directory, with mode 0755, and its parents, when they are missing.</summary>
    /// <exception cref="StorageException">The root cannot be used; the message says what to do.</exception>
    public static async ValueTask<FileStorage> OpenAsync(
        FileStorageOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var storage = new FileStorage(options, time, logger);
        await Task.Run(
            () =>
            {
                using var root = storage.Root.Lease();
            },
            cancellationToken).ConfigureAwait(false);
        return storage;
    }

    /// <inheritdoc/>
    public ValueTask<IBackupHandle> StartBackupAsync(string directory, string name, CancellationToken cancellationToken)
    {
        BackupPath.RequireBackup(directory, name);
        return new(Task.Run<IBackupHandle>(() => Start(directory, name), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IBackupHandle> ResumeBackupAsync(string directory, string name, CancellationToken cancellationToken)
    {
        BackupPath.RequireBackup(directory, name);
        return new(Task.Run<IBackupHandle>(() => Open(Staging.Resume(directory, name, cancellationToken)), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask RemoveBackupAsync(string directory, string name, CancellationToken cancellationToken)
    {
        BackupPath.RequireBackup(directory, name);
        return new(Task.Run(() => Remove(directory, name, cancellationToken), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask RecoverAsync(CancellationToken cancellationToken) =>
        new(Task.Run(() => Staging.Recover(cancellationToken), cancellationToken));

    /// <inheritdoc/>
    public ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        Root.Close();
        return ValueTask.CompletedTask;
    }

    /// <summary>Opens the root of a backup that is in its place.</summary>
    internal RootOpener OpenerOf(string path) => (out Descriptor backup) =>
    {
        using var root = Root.Lease();
        return OpenCalls.OpenBeneath(root.Descriptor, path, OpenFlags.PathOnly | OpenFlags.Directory, out backup);
    };

    /// <summary>Opens the root of a backup that is staged.</summary>
    internal RootOpener OpenerOfStaged(string key) => OpenerOf($"{StagingNames.Open}/{key}/{StagingNames.Data}");

    private FileBackupHandle Start(string directory, string name)
    {
        RequireNotInBackup(directory);
        if (IsClaimed(directory, name))
        {
            throw new StorageException(
                StorageErrorKind.AlreadyExists,
                $"the backup '{BackupPath.Printable(BackupPath.Join(directory, name))}' is being written by a mount of directory://{Root.Path}");
        }

        var staged = Staging.Start(directory, name);
        try
        {
            var errno = Root.MakeDirectories(directory, StoreRoot.ModeOfDirectories, out var parent);
            StagingArea.Require(errno, $"making the directory '{BackupPath.Printable(directory)}'");
            using (parent)
            {
                errno = AttributeCalls.Statx(parent, name, out _);
            }

            if (errno == Errno.Success)
            {
                throw new StorageException(
                    StorageErrorKind.AlreadyExists, $"there is a backup '{BackupPath.Printable(BackupPath.Join(directory, name))}' already");
            }

            if (errno != Errno.ENOENT)
            {
                StagingArea.Require(errno, "looking for a backup");
            }

            return Open(staged);
        }
        catch
        {
            if (!staged.IsDisposed)
            {
                Staging.Discard(staged, CancellationToken.None);
            }

            throw;
        }
    }

    private FileBackupHandle Open(StagedBackup staged)
    {
        var errno = OpenCalls.OpenAt(staged.Directory, StagingNames.Data, OpenFlags.PathOnly | OpenFlags.Directory, 0, out var data);
        if (errno == Errno.Success)
        {
            return new FileBackupHandle(this, staged, data);
        }

        staged.Dispose();
        throw ErrnoMap.ToError(errno, "opening a backup's data").ToException();
    }

    private void Remove(string directory, string name, CancellationToken cancellationToken)
    {
        RequireNotInBackup(directory);
        if (IsClaimed(directory, name))
        {
            throw new StorageException(
                StorageErrorKind.Busy,
                $"the backup '{BackupPath.Printable(BackupPath.Join(directory, name))}' belongs to a mount of directory://{Root.Path}: "
                + $"use 'backupfs abort --storage directory://{Root.Path}' if that is gone");
        }

        if (Staging.RemoveIncomplete(directory, name, cancellationToken))
        {
            return;
        }

        var errno = Root.OpenDirectory(directory, out var parent);
        if (errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            return;
        }

        StagingArea.Require(errno, "opening a directory");
        string unique;
        using (parent)
        {
            // A file or a symbolic link of that name is no backup.
            errno = AttributeCalls.Statx(parent, name, out var attributes);
            if (errno == Errno.ENOENT || (errno == Errno.Success && FileTypes.FromMode(attributes.Mode) != EntryType.Directory))
            {
                return;
            }

            StagingArea.Require(errno, "looking for a backup");
            unique = Staging.MoveToTrash(parent, name);
        }

        Staging.DeleteFromTrash(unique, cancellationToken);
    }
}
