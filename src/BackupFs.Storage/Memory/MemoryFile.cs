using System.Runtime.InteropServices;

namespace BackupFs.Storage;

/// <summary>An open file of a backup in memory. Everything happens under the store's lock.</summary>
internal sealed class MemoryFile : IBackupFile
{
    private const int CopyBytes = 64 * 1024;
    private readonly MemoryTree _tree;
    private bool _isDisposed;

    /// <summary>Under the store's lock.</summary>
    internal MemoryFile(MemoryBackupHandle handle, MemoryTree tree, TreeNode node, FileAccessMode access)
    {
        (Handle, _tree, Node, Access) = (handle, tree, node, access);
        if (access != FileAccessMode.Read)
        {
            node.Writers++;
        }
    }

    public FileAccessMode Access { get; }

    public SafeHandle? LocalDescriptor => null;

    internal MemoryBackupHandle Handle { get; }

    internal TreeNode Node { get; }

    private MemoryContent Content => MemoryContent.Of(Node);

    public ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(CancellationToken cancellationToken)
    {
        lock (Handle.Store.Gate)
        {
            return new(Node.ToAttributes());
        }
    }

    public ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(EntryChanges changes, CancellationToken cancellationToken) =>
        _tree.ChangeNodeAsync(Node, changes, cancellationToken);

    public ValueTask<StorageResult<int>> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        lock (Handle.Store.Gate)
        {
            return CheckRange(offset, 0, Access == FileAccessMode.Write) is { } error ? new(error) : new(Content.Read(buffer.Span, offset));
        }
    }

    public ValueTask<StorageResult<int>> WriteAsync(ReadOnlyMemory<byte> data, long offset, CancellationToken cancellationToken)
    {
        lock (Handle.Store.Gate)
        {
            if (CheckWrite(offset, data.Length) is { } error)
            {
                return new(error);
            }

            Content.Write(data.Span, offset);
            Node.TouchContent(Handle.Store.Now);
            return new(data.Length);
        }
    }

    public ValueTask<StorageResult<Done>> AllocateAsync(
        AllocateMode mode, long offset, long length, CancellationToken cancellationToken)
    {
        lock (Handle.Store.Gate)
        {
            if (length <= 0)
            {
                return new(StorageErrorKind.InvalidArgument);
            }

            if (CheckWrite(offset, length) is { } error)
            {
                return new(error);
            }

            if (mode is AllocateMode.PunchHole or AllocateMode.ZeroRange or AllocateMode.ZeroRangeKeepSize)
            {
                Content.Punch(offset, length);
            }

            if (mode is AllocateMode.Extend or AllocateMode.ZeroRange && offset + length > Content.Size)
            {
                Content.SetSize(offset + length);
            }

            Node.TouchContent(Handle.Store.Now);
            return new(Done.Ok);
        }
    }

    public ValueTask<StorageResult<long>> SeekAsync(SeekTarget target, long offset, CancellationToken cancellationToken)
    {
        lock (Handle.Store.Gate)
        {
            if (CheckRange(offset, 0, refuse: false) is { } error)
            {
                return new(error);
            }

            var found = offset < Content.Size ? Content.Seek(target, offset) : null;
            return found is { } at ? new(at) : new(StorageErrorKind.NoSuchOffset);
        }
    }

    public ValueTask<StorageResult<long>> CopyRangeAsync(
        long offset, IBackupFile destination, long destinationOffset, long length, CancellationToken cancellationToken)
    {
        if (destination is not MemoryFile target || !ReferenceEquals(target.Handle.Store, Handle.Store))
        {
            return new(StorageError.Unsupported);
        }

        lock (Handle.Store.Gate)
        {
            var part = Math.Clamp(Content.Size - offset, 0, Math.Max(length, 0));
            if ((CheckRange(offset, length, Access == FileAccessMode.Write) ?? target.CheckWrite(destinationOffset, part)) is { } error)
            {
                return new(error);
            }

            if (ReferenceEquals(Node, target.Node) && offset < destinationOffset + part && destinationOffset < offset + part)
            {
                return new(new StorageError(StorageErrorKind.InvalidArgument, "the ranges overlap"));
            }

            var buffer = new byte[CopyBytes];
            for (long done = 0; done < part;)
            {
                var read = Content.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, part - done)), offset + done);
                target.Content.Write(buffer.AsSpan(0, read), destinationOffset + done);
                done += read;
            }

            target.Node.TouchContent(Handle.Store.Now);
            return new(part);
        }
    }

    public ValueTask<StorageResult<Done>> FlushAsync(CancellationToken cancellationToken) => new(Done.Ok);

    public ValueTask<StorageResult<Done>> SyncAsync(bool dataOnly, CancellationToken cancellationToken) => new(Done.Ok);

    public ValueTask DisposeAsync()
    {
        lock (Handle.Store.Gate)
        {
            if (!_isDisposed && Access != FileAccessMode.Read && Handle.CheckWritable() is null)
            {
                Node.CloseWriter();
            }

            _isDisposed = true;
        }

        return ValueTask.CompletedTask;
    }

    private StorageError? CheckWrite(long offset, long length) =>
        Handle.CheckWritable() ?? CheckRange(offset, length, Access == FileAccessMode.Read);

    private StorageError? CheckRange(long offset, long length, bool refuse)
    {
        if (_isDisposed || refuse || offset < 0 || length < 0)
        {
            return new StorageError(StorageErrorKind.InvalidArgument, "the file is not open for that, or the range is negative");
        }

        return length > MemoryContent.MaximumSize || offset > MemoryContent.MaximumSize - length
            ? new StorageError(StorageErrorKind.FileTooLarge)
            : null;
    }
}
