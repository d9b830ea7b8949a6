using BackupFs.Storage.File.Interop;
using BackupFs.Storage.File.Staging;
using BackupFs.Storage.File.Trees;
using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.File.Ending;

/// <summary>
/// Ends a staged backup: sums, verifies, makes durable, makes visible. Until the rename that makes it visible, every step can be
/// repeated and leaves the backup as it was.
/// </summary>
internal sealed class BackupEnding(
    StagedBackup staged, Descriptor data, StoreRoot root, FileStorageOptions options, TimeProvider time, ILogger logger)
{
    private const int ReadableByAll = 0x124;
    private const int OwnerMayWrite = 0x180;
    private const int OwnerMayAll = 0x1C0;
    private const int PermissionMask = 0xFFF;

    /// <summary>Published and not taken back: its manifest must stay, whatever happens.</summary>
    private bool _isVisible;

    /// <summary>Does it. The gate is sealed and no file is open for writing.</summary>
    /// <exception cref="StorageException">It is not visible and can be ended again.</exception>
    public async Task<BackupManifest> RunAsync(BackupNotes notes, CancellationToken cancellationToken)
    {
        var walk = new TreeWalk(data);
        var top = default(WalkedEntry);
        try
        {
            var entries = walk.Run(cancellationToken);
            top = entries[0];
            var sums = await new ChecksumCollector(staged.Files, data).CollectAsync(entries, cancellationToken).ConfigureAwait(false);
            options.Reached?.Invoke(Checkpoint.Summed);
            var manifest = new BackupManifest
            {
                Format = BackupManifest.CurrentFormat,
                Started = staged.Info.Started,
                Ended = Timestamp.From(time.GetUtcNow()),
                Host = Environment.MachineName,
                Notes = notes,
                Entries = new ManifestBuilder(data).Build(entries, sums, cancellationToken),
            };
            new TreeSync(data, options.SyncParallelism, staged.Errors).Run(entries, cancellationToken);
            options.Reached?.Invoke(Checkpoint.FilesSynced);
            await WriteManifestAsync(manifest, top.Attributes.Mode, cancellationToken).ConfigureAwait(false);
            options.Reached?.Invoke(Checkpoint.ManifestWritten);
            PlaceManifest(top);
            options.Reached?.Invoke(Checkpoint.ManifestPlaced);
            RestoreModesAndTime(walk, top);
            options.Reached?.Invoke(Checkpoint.TreeSynced);
            cancellationToken.ThrowIfCancellationRequested();
            MakeVisible(top);
            return manifest;
        }
        catch when (!_isVisible)
        {
            Undo(walk, top);
            throw;
        }
    }

    private async Task WriteManifestAsync(BackupManifest manifest, int topMode, CancellationToken cancellationToken)
    {
        // As readable as the backup: who may not list it need not learn its checksums.
        var mode = (topMode & ReadableByAll) | OwnerMayWrite;
        _ = NameCalls.Unlink(staged.Directory, StagingNames.Manifest);
        StagingArea.Require(
            OpenCalls.OpenAt(staged.Directory, StagingNames.Manifest, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive, mode, out var file),
            "writing the manifest");
        using (file)
        {
            StagingArea.Require(AttributeCalls.ChangeMode(file, mode), "writing the manifest");
            var stream = new DescriptorStream(file, canWrite: true);
            await using (stream.ConfigureAwait(false))
            {
                await ManifestSerializer.WriteAsync(manifest, stream, cancellationToken).ConfigureAwait(false);
            }

            StagingArea.Require(SyncCalls.Sync(file), "syncing the manifest");
        }
    }

    private void PlaceManifest(WalkedEntry top)
    {
        if (!FileSystemCalls.IsSuperuser && (top.Attributes.Mode & OwnerMayAll) != OwnerMayAll)
        {
            StagingArea.Require(
                AttributeCalls.ChangeModeOfPath(data, (top.Attributes.Mode & PermissionMask) | OwnerMayAll), "writing the manifest");
        }

        StagingArea.Require(
            NameCalls.Rename(staged.Directory, StagingNames.Manifest, data, BackupManifest.FileName, RenameFlags.None),
            "writing the manifest");
    }

    /// <summary>The manifest's coming changed the root directory's time, and the walk perhaps the modes of directories.</summary>
    private void RestoreModesAndTime(TreeWalk walk, WalkedEntry top)
    {
        StagingArea.Require(
            OpenCalls.OpenAt(data, "", OpenFlags.ReadOnly | OpenFlags.Directory, 0, out var directory), "syncing the backup's directory");
        using (directory)
        {
            StagingArea.Require(walk.Restore(), "restoring the modes of directories");
            StagingArea.Require(
                AttributeCalls.SetTimes(directory, top.Attributes.AccessTime, top.Attributes.ModifyTime), "restoring the backup's time");
            StagingArea.Require(SyncCalls.Sync(directory), "syncing the backup's directory");
        }
    }

    private void MakeVisible(WalkedEntry top)
    {
        var (directory, name) = (staged.Info.Directory, staged.Info.Name);
        StagingArea.Require(root.MakeDirectories(directory, StoreRoot.ModeOfDirectories, out var parent), "opening the backup's directory");
        using (parent)
        {
            StagingArea.MakeMovable(staged.Directory, StagingNames.Data);
            var errno = Publish(parent, name);
            if (errno is Errno.EEXIST or Errno.ENOTEMPTY)
            {
                throw new StorageException(
                    StorageErrorKind.AlreadyExists,
                    $"something else has put '{BackupPath.Printable(BackupPath.Join(directory, name))}' there meanwhile; move it away and end again");
            }

            if (errno == Errno.EXDEV)
            {
                throw new StorageException(
                    StorageErrorKind.Unsupported,
                    $"'{BackupPath.Printable(directory)}' is on another file system than the store's root '{root.Path}'; "
                    + "give it a storage of its own, with its own root");
            }

            StagingArea.Require(errno, "making the backup visible");
            _isVisible = true;
            options.Reached?.Invoke(Checkpoint.Visible);

            // MakeMovable may have widened the mode.
            _ = FileSystemCalls.IsSuperuser || (top.Attributes.Mode & OwnerMayAll) == OwnerMayAll
                ? Errno.Success
                : AttributeCalls.ChangeModeOfPath(data, top.Attributes.Mode);
            errno = SyncCalls.Sync(parent);
            if (errno == Errno.Success)
            {
                errno = SyncCalls.Sync(staged.Directory);
            }

            if (errno != Errno.Success)
            {
                Withdraw(parent, name, errno);
            }

            options.Reached?.Invoke(Checkpoint.VisibleSynced);
        }
    }

    private Errno Publish(Descriptor parent, string name)
    {
        var errno = NameCalls.Rename(staged.Directory, StagingNames.Data, parent, name, RenameFlags.NoReplace);
        if (errno is not (Errno.EINVAL or Errno.ENOSYS))
        {
            return errno;
        }

        // Other writers of ours are kept out by the staging directory, and what somebody else made there is refused by the
        // kernel if it is a file, or a directory that holds anything.
        FileStorageLog.NoReplaceUnsupported(logger, root.Path);
        return AttributeCalls.Statx(parent, name, out _) switch
        {
            Errno.ENOENT => NameCalls.Rename(staged.Directory, StagingNames.Data, parent, name, RenameFlags.None),
            Errno.Success => Errno.EEXIST,
            var failure => failure,
        };
    }

    /// <summary>Visible, but perhaps not durably: taken back, so that the end can be tried again.</summary>
    private void Withdraw(Descriptor parent, string name, Errno errno)
    {
        var error = ErrnoMap.ToError(errno, "syncing the backup's directory");
        StagingArea.MakeMovable(parent, name);
        _isVisible = NameCalls.Rename(parent, name, staged.Directory, StagingNames.Data, RenameFlags.None) != Errno.Success;
        if (_isVisible)
        {
            error = error with { Message = $"{error.Message}; the backup is whole and visible, but may not survive a crash of the machine" };
        }

        throw error.ToException();
    }

    /// <summary>As far as possible: the manifest is no part of the tree in any case, and the next end replaces it.</summary>
    private void Undo(TreeWalk walk, WalkedEntry top)
    {
        _ = NameCalls.Unlink(staged.Directory, StagingNames.Manifest);
        _ = NameCalls.Unlink(data, BackupManifest.FileName);
        _ = walk.Restore();
        if (top.Path is not null
            && OpenCalls.OpenAt(data, "", OpenFlags.ReadOnly | OpenFlags.Directory, 0, out var directory) == Errno.Success)
        {
            using (directory)
            {
                _ = AttributeCalls.SetTimes(directory, null, top.Attributes.ModifyTime);
                _ = FileSystemCalls.IsSuperuser ? Errno.Success : AttributeCalls.ChangeMode(directory, top.Attributes.Mode);
            }
        }
    }
}
