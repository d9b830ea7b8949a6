using System.Runtime.InteropServices;
using BackupFs.Storage.File.Interop;
using BackupFs.Storage.File.Staging;

namespace BackupFs.Storage.File.Trees;

/// <summary>An open file of a backup.</summary>
internal sealed class FileBackupFile : IBackupFile
{
    private readonly string _path;
    private readonly StagedBackup? _staged;
    private FileState? _state;

    /// <summary>Takes ownership of the descriptor; <paramref name="state"/> is set when it is one of the file's writers.</summary>
    public FileBackupFile(Descriptor descriptor, FileAccessMode access, string path, StagedBackup? staged, FileState? state)
    {
        (Descriptor, Access, _path, _staged, _state) = (descriptor, access, path, staged, state);
    }

    /// <summary>The file.</summary>
    public Descriptor Descriptor { get; }

    /// <inheritdoc/>
    public FileAccessMode Access { get; }

    /// <inheritdoc/>
    public SafeHandle? LocalDescriptor
    {
        get
        {
            if (_state is { } state)
            {
                _staged!.Files.Expose(state, Descriptor);
            }

            return Descriptor;
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(CancellationToken cancellationToken)
    {
        var errno = AttributeCalls.Statx(Descriptor, out var attributes);
        return errno == Errno.Success ? new(FileTypes.ToAttributes(attributes)) : new(Fail(errno, "reading the attributes of"));
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(EntryChanges changes, CancellationToken cancellationToken)
    {
        if (TryEnter(changesContent: false, out var pass) is { } refused)
        {
            return new(refused);
        }

        using (pass)
        {
            var errno = Errno.Success;
            if (changes.Size is { } size)
            {
                if (_state is null)
                {
                    return new(NotWritable());
                }

                errno = size < 0 ? Errno.EINVAL : ContentCalls.Truncate(Descriptor, size);
            }

            if (errno == Errno.Success)
            {
                errno = EntryChanger.Apply(Descriptor, changes);
            }

            return errno == Errno.Success ? GetAttributesAsync(cancellationToken) : new(Fail(errno, "changing"));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<int>> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        if (Access == FileAccessMode.Write)
        {
            // The descriptor could: it is also open for reading, for the checksums.
            return new(new StorageError(StorageErrorKind.InvalidArgument, $"'{BackupPath.Printable(_path)}' is open for writing only"));
        }

        var errno = ContentCalls.Read(Descriptor, buffer.Span, offset, out var read);
        return errno == Errno.Success ? new(read) : new(Fail(errno, "reading"));
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<int>> WriteAsync(ReadOnlyMemory<byte> data, long offset, CancellationToken cancellationToken)
    {
        if (TryEnter(changesContent: true, out var pass) is { } refused)
        {
            return new(refused);
        }

        using (pass)
        {
            var errno = ContentCalls.Write(Descriptor, data.Span, offset);
            return errno == Errno.Success ? new(data.Length) : new(Fail(errno, "writing"));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> AllocateAsync(
        AllocateMode mode, long offset, long length, CancellationToken cancellationToken)
    {
        if (TryEnter(changesContent: true, out var pass) is { } refused)
        {
            return new(refused);
        }

        using (pass)
        {
            var errno = ContentCalls.Allocate(Descriptor, mode, offset, length);
            return errno == Errno.Success ? new(Done.Ok) : new(Fail(errno, "allocating space for"));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<long>> SeekAsync(SeekTarget target, long offset, CancellationToken cancellationToken)
    {
        var errno = ContentCalls.Seek(Descriptor, target, offset, out var found);
        return errno == Errno.Success ? new(found) : new(Fail(errno, "seeking in"));
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<long>> CopyRangeAsync(
        long offset, IBackupFile destination, long destinationOffset, long length, CancellationToken cancellationToken)
    {
        if (destination is not FileBackupFile target)
        {
            return new(StorageError.Unsupported);
        }

        if (offset < 0 || destinationOffset < 0 || length < 0)
        {
            return new(StorageErrorKind.InvalidArgument);
        }

        if (target.TryEnter(changesContent: true, out var pass) is { } refused)
        {
            return new(refused);
        }

        using (pass)
        {
            var errno = ContentCalls.CopyRange(Descriptor, offset, target.Descriptor, destinationOffset, length, out var copied);
            return errno == Errno.Success ? new(copied) : new(Fail(errno, "copying"));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> FlushAsync(CancellationToken cancellationToken)
    {
        if (_state is null || _staged is null || _staged.Gate.TryEnter(out var pass) is not null)
        {
            return new(Done.Ok);
        }

        using (pass)
        {
            return SpaceProbe.Check(Descriptor, _staged.Directory) is { } full ? new(full) : new(Done.Ok);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> SyncAsync(bool dataOnly, CancellationToken cancellationToken)
    {
        // A file of a backup that is not open was made durable before the backup became visible.
        return _staged is null || _staged.Gate.Reason is not null
            ? new(Done.Ok)
            : new(Task.Run(() => Sync(_staged, dataOnly), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    /// <summary>Closes the descriptor; closing it twice is harmless.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _state, null) is { } state)
        {
            _staged!.Files.CloseWriter(state, Descriptor);
        }

        Descriptor.Dispose();
    }

    private StorageResult<Done> Sync(StagedBackup staged, bool dataOnly)
    {
        var began = staged.Files.Now;
        var errno = SyncCalls.Sync(Descriptor, dataOnly);
        if (errno != Errno.Success)
        {
            // The kernel has dropped what it could not write, and will not say so again: the backup must not end with this file.
            var error = Fail(errno, "syncing");
            staged.Errors.RecordError(error, _path);
            return error;
        }

        if (AttributeCalls.Statx(Descriptor, out var attributes) == Errno.Success)
        {
            staged.Files.Synced(attributes.Inode, Descriptor, began);
        }

        return Done.Ok;
    }

    private StorageError? TryEnter(bool changesContent, out ChangeGate.Pass pass)
    {
        pass = default;
        if (_staged is null)
        {
            return StorageError.ReadOnly;
        }

        return changesContent && _state is null ? _staged.Gate.Reason ?? NotWritable() : _staged.Gate.TryEnter(out pass);
    }

    private StorageError NotWritable() =>
        new(StorageErrorKind.InvalidArgument, $"'{BackupPath.Printable(_path)}' is not open for writing");

    private StorageError Fail(Errno errno, string operation) => ErrnoMap.ToError(errno, operation, _path);
}
