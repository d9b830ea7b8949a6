using System.Runtime.InteropServices;
using BackupFs.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.FileSystem.Tests;

/// <summary>The hot path allocates nothing of its own.</summary>
public sealed class AllocationTests
{
    private const int Rounds = 2000;

    [Fact]
    public async Task Reads_writes_and_attributes_allocate_nothing()
    {
        await using var fs = await BackupFileSystem.StartAsync(
            new MemoryStorage(), new FileSystemOptions { DirectoryLevels = 1 }, null, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        using var backup = new Backup(new ClosedHandle { Tree = new StillTree() }, 1, open: null, isPartial: false, _ => { });
        var root = fs.Inodes.AcquireBackupRoot(fs.Inodes.Root, backup);
        var inode = fs.Inodes.AcquireEntry(root, StillFile.Attributes);
        inode.AddName(root, "file");
        var file = new OpenFile(inode, new StillFile(), null);
        var buffer = new byte[4096];

        // By handle and by path; once before, so that everything is compiled and cached.
        Assert.Equal(0, Measure(() => fs.ReadAsync(file, buffer, 0, CancellationToken.None)));
        Assert.Equal(0, Measure(() => fs.WriteAsync(file, buffer, 0, clearSetId: false, CancellationToken.None)));
        Assert.Equal(0, Measure(() => fs.GetAttributesAsync(inode, file, CancellationToken.None)));
        Assert.Equal(0, Measure(() => fs.GetAttributesAsync(inode, null, CancellationToken.None)));
    }

    private static long Measure<T>(Func<ValueTask<FsResult<T>>> operation)
    {
        Run(operation);
        return Allocations.Of(() => Run(operation));
    }

    private static void Run<T>(Func<ValueTask<FsResult<T>>> operation)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var pending = operation();
            if (!pending.IsCompletedSuccessfully || !pending.Result.IsOk)
            {
                throw new InvalidOperationException("it did not complete at once");
            }
        }
    }

    /// <summary>A file that answers at once and keeps nothing.</summary>
    private sealed class StillFile : IBackupFile
    {
        public static EntryAttributes Attributes { get; } = new() { Type = EntryType.File, FileId = 7, Links = 1 };

        public FileAccessMode Access => FileAccessMode.ReadWrite;

        public SafeHandle? LocalDescriptor => null;

        public ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(CancellationToken cancellationToken) => new(Attributes);

        public ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(EntryChanges changes, CancellationToken cancellationToken) => new(Attributes);

        public ValueTask<StorageResult<int>> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken) => new(buffer.Length);

        public ValueTask<StorageResult<int>> WriteAsync(ReadOnlyMemory<byte> data, long offset, CancellationToken cancellationToken) => new(data.Length);

        public ValueTask<StorageResult<Done>> AllocateAsync(AllocateMode mode, long offset, long length, CancellationToken cancellationToken) => new(Done.Ok);

        public ValueTask<StorageResult<long>> SeekAsync(SeekTarget target, long offset, CancellationToken cancellationToken) => new(offset);

        public ValueTask<StorageResult<long>> CopyRangeAsync(
            long offset, IBackupFile destination, long destinationOffset, long length, CancellationToken cancellationToken) => new(length);

        public ValueTask<StorageResult<Done>> FlushAsync(CancellationToken cancellationToken) => new(Done.Ok);

        public ValueTask<StorageResult<Done>> SyncAsync(bool dataOnly, CancellationToken cancellationToken) => new(Done.Ok);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>A tree in which everything is the same file.</summary>
    private sealed class StillTree : IBackupTree
    {
        public ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(string path, CancellationToken cancellationToken) => new(StillFile.Attributes);

        public ValueTask<StorageResult<IReadOnlyList<DirectoryEntry>>> ListAsync(string path, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<byte[]>> ReadLinkAsync(string path, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<IBackupFile>> OpenFileAsync(string path, FileAccessMode access, bool truncate, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<IBackupFile>> CreateFileAsync(string path, FileAccessMode access, NewEntry entry, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<IBackupFile>> CreateUnnamedFileAsync(string directory, FileAccessMode access, NewEntry entry, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<Done>> LinkUnnamedFileAsync(IBackupFile file, string path, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<EntryAttributes>> CreateDirectoryAsync(string path, NewEntry entry, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<EntryAttributes>> CreateSymbolicLinkAsync(string path, ReadOnlyMemory<byte> target, NewEntry entry, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<EntryAttributes>> CreateNodeAsync(string path, EntryType type, uint device, NewEntry entry, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<EntryAttributes>> LinkAsync(string existingPath, string newPath, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<Done>> RenameAsync(string path, string newPath, RenameMode mode, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<Done>> UnlinkAsync(string path, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<Done>> RemoveDirectoryAsync(string path, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(string path, EntryChanges changes, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<byte[]>> GetExtendedAttributeAsync(string path, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<IReadOnlyList<string>>> ListExtendedAttributesAsync(string path, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<Done>> SetExtendedAttributeAsync(string path, string name, ReadOnlyMemory<byte> value, AttributeSetMode mode, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<Done>> RemoveExtendedAttributeAsync(string path, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<StorageResult<Done>> SyncDirectoryAsync(string path, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
