using BackupFs.Storage.File.Ending;

namespace BackupFs.Storage.File;

internal sealed partial class FileBackupHandle
{
    private static readonly StorageError IsEnding = new(StorageErrorKind.Busy, "the backup is being ended", IsTransient: true);

    /// <inheritdoc/>
    public async ValueTask EndBackupAsync(BackupNotes notes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notes);
        await _lifecycle.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            RequireReadWrite("EndBackup");
            await SealWithoutWritersAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                RequireNoErrors();

                // Off the caller's thread: walking, summing and syncing block.
                await Task.Run(() => EndAsync(notes, cancellationToken), cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                if (_phase == Phase.Open)
                {
                    _staged!.Gate.Unseal();
                }

                throw;
            }
        }
        finally
        {
            _lifecycle.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask AbortBackupAsync(CancellationToken cancellationToken)
    {
        await _lifecycle.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_phase == Phase.Aborted)
            {
                return;
            }

            RequireReadWrite("AbortBackup");
            await _staged!.Gate.SealAsync(StorageError.ReadOnly).ConfigureAwait(false);
            try
            {
                await Task.Run(() => _storage.Staging.Discard(_staged, cancellationToken), cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                if (!_staged.IsDisposed)
                {
                    _staged.Gate.Unseal();
                    throw;
                }
            }

            _phase = Phase.Aborted;
            _descriptors.Close();
        }
        finally
        {
            _lifecycle.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask SuspendAsync(CancellationToken cancellationToken)
    {
        await _lifecycle.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_phase != Phase.Open)
            {
                return;
            }

            await _staged!.Gate.SealAsync(StorageError.ReadOnly).ConfigureAwait(false);
            (_phase, State) = (Phase.Suspended, BackupState.Incomplete);
            _descriptors.Moved(_storage.OpenerOfStaged(_staged.Key));
            _descriptors.Close();
            _staged.Dispose();
        }
        finally
        {
            _lifecycle.Release();
        }
    }

    /// <summary>
    /// Waits for files being added, however long; and for descriptors that were given away, not long: the kernel closes them a
    /// little after the program's close(2). Other writers are stopped by the gate.
    /// </summary>
    private async Task SealWithoutWritersAsync(CancellationToken cancellationToken)
    {
        var staged = _staged!;
        using var timeout = new CancellationTokenSource(_storage.Options.WriterTimeout, _storage.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        while (true)
        {
            await WhenNoStreams().WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await staged.Files.WhenNoExposedWriters().WaitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new StorageException(
                    StorageErrorKind.Busy, "files of the backup are still open for writing; close them and end it again");
            }

            await staged.Gate.SealAsync(IsEnding).ConfigureAwait(false);
            if (!staged.Files.HasExposedWriters && WhenNoStreams().IsCompleted)
            {
                return;
            }

            // One came in before the gate closed.
            staged.Gate.Unseal();
        }
    }

    private void RequireNoErrors()
    {
        if (_errors.Error is { } error)
        {
            throw error.ToException();
        }
    }

    private async Task EndAsync(BackupNotes notes, CancellationToken cancellationToken)
    {
        var staged = _staged!;
        BackupManifest manifest;
        using (var data = LeaseData())
        {
            var ending = new BackupEnding(staged, data.Descriptor, _storage.Root, _storage.Options, _storage.Time, _storage.Logger);
            manifest = await ending.RunAsync(notes, cancellationToken).ConfigureAwait(false);
        }

        // Visible: from here on nothing makes the end fail.
        _descriptors.Moved(_storage.OpenerOf(Path));
        staged.Gate.Reseal(StorageError.ReadOnly);
        State = BackupState.Complete;
        _phase = Phase.Ended;
        FileStorageLog.Ended(_storage.Logger, Directory, Name, manifest.Entries.Count);
        try
        {
            _storage.Staging.Discard(staged, CancellationToken.None);
        }
        catch (StorageException exception)
        {
            FileStorageLog.StagingRemains(_storage.Logger, Directory, Name, exception.Message);
            staged.Dispose();
        }
    }
}
