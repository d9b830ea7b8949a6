using System.Collections.Concurrent;
using BackupFs.Storage.Objects.Contract;
using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Objects.Tests.Reading;

/// <summary>A store in memory with one object, and readers of it.</summary>
internal sealed class ReadingWorld : ILogger
{
    public const int MiB = 1 << 20;
    public const string Key = "dir/name/file";

    /// <param name="content">Of the object.</param>
    /// <param name="blockSize">Of its checksums; 0 for none.</param>
    /// <param name="memory">The budget, in bytes.</param>
    /// <param name="time">The clock.</param>
    public ReadingWorld(byte[] content, int blockSize = MiB, long memory = 256L * MiB, TimeProvider? time = null)
    {
        Content = content;
        var objects = new MemoryObjects();
        objects[Key] = content;
        Memory = new MemoryObjectStore(objects);
        Store = new RecordingStore(Memory);
        Budget = new MemoryBudget(memory);
        Checksums = blockSize == 0 ? null : Sum(content, blockSize);
        Context = new TransferContext(Store, Budget, new ObjectStorageOptions(), time ?? TimeProvider.System, this);
    }

    public byte[] Content { get; }

    public MemoryObjectStore Memory { get; }

    public RecordingStore Store { get; }

    public MemoryBudget Budget { get; }

    public FileChecksums? Checksums { get; }

    public TransferContext Context { get; set; }

    public ConcurrentQueue<string> Log { get; } = new();

    public StoredObject Stored => new(Key, Content.Length, Memory.GetInfoAsync(Key, default).AsTask().GetAwaiter().GetResult().Value.Tag);

    public static byte[] Random(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static FileChecksums Sum(byte[] content, int blockSize)
    {
        using var checksummer = new FileChecksummer((long)blockSize * FileChecksums.PreferredMaximumBlocks);
        checksummer.Append(content);
        var sums = checksummer.Finish();
        Assert.Equal(blockSize, sums.BlockSize);
        return sums;
    }

    public ObjectReader Open() => new(Context, Stored, Checksums, "some/file");

    /// <summary>Reads a range and compares it with the content.</summary>
    public async Task CheckAsync(ObjectReader reader, long offset, int length)
    {
        var buffer = new byte[length];
        var result = await reader.ReadAsync(buffer, offset, CancellationToken.None).AsTask().WaitAsync(Limit);
        Assert.True(result.IsOk, result.Error?.ToString());
        var expected = (int)Math.Clamp(Content.Length - offset, 0, length);
        Assert.Equal(expected, result.Value);
        Assert.True(buffer.AsSpan(0, expected).SequenceEqual(Content.AsSpan((int)Math.Min(offset, Content.Length), expected)), $"wrong bytes at {offset}");
    }

    /// <summary>Reads everything in order.</summary>
    public async Task CheckAllAsync(ObjectReader reader, int length = 128 * 1024)
    {
        for (long offset = 0; offset < Content.Length; offset += length)
        {
            await CheckAsync(reader, offset, length);
        }
    }

    /// <summary>Waits until a condition holds; the limit only guards against hangs.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var limit = DateTime.UtcNow + Limit;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < limit, $"not yet: {what}");
            await Task.Delay(5);
        }
    }

    /// <summary>Guards against hangs.</summary>
    public static TimeSpan Limit => TimeSpan.FromSeconds(60);

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Log.Enqueue(formatter(state, exception));

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;
}
