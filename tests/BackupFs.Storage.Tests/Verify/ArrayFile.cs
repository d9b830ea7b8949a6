using System.Runtime.InteropServices;

namespace BackupFs.Storage.Tests;

/// <summary>A read-only file over an array that counts reads and can be told to lie, to wait and to return less than asked for.</summary>
internal sealed class ArrayFile(byte[] content) : IBackupFile
{
    private int _reads;

    internal byte[] Content { get; set; } = content;

    internal int Reads => _reads;

    internal bool IsDisposed { get; private set; }

    /// <summary>Called before the n-th read (from 1) with the bytes it is about to return.</summary>
    internal Action<int, Memory<byte>>? OnRead { get; set; }

    internal int MaximumRead { get; set; } = int.MaxValue;

    internal Task Gate { get; set; } = Task.CompletedTask;

    public FileAccessMode Access => FileAccessMode.Read;

    public SafeHandle? LocalDescriptor => null;

    public ValueTask<StorageResult<EntryAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        new(new EntryAttributes { Type = EntryType.File, FileId = 1, Size = Content.Length });

    public async ValueTask<StorageResult<int>> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _reads);
        await Gate.WaitAsync(cancellationToken);
        var length = (int)Math.Clamp(Content.Length - offset, 0, Math.Min(buffer.Length, MaximumRead));
        Content.AsMemory((int)Math.Min(offset, Content.Length), length).CopyTo(buffer);
        OnRead?.Invoke(number, buffer[..length]);
        return length;
    }

    public ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(EntryChanges changes, CancellationToken cancellationToken) =>
        throw new InvalidOperationException();

    public ValueTask<StorageResult<int>> WriteAsync(ReadOnlyMemory<byte> data, long offset, CancellationToken cancellationToken) =>
        throw new InvalidOperationException();

    public ValueTask<StorageResult<Done>> AllocateAsync(AllocateMode mode, long offset, long length, CancellationToken cancellationToken) =>
        throw new InvalidOperationException();

    public ValueTask<StorageResult<long>> SeekAsync(SeekTarget target, long offset, CancellationToken cancellationToken) => new(offset);

    public ValueTask<StorageResult<long>> CopyRangeAsync(
        long offset, IBackupFile destination, long destinationOffset, long length, CancellationToken cancellationToken) =>
        throw new InvalidOperationException();

    public ValueTask<StorageResult<Done>> FlushAsync(CancellationToken cancellationToken) => new(Done.Ok);

    public ValueTask<StorageResult<Done>> SyncAsync(bool dataOnly, CancellationToken cancellationToken) => new(Done.Ok);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
