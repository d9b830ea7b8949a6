using BackupFs.Storage.Objects.Contract;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BackupFs.Storage.Objects.Tests.Writing;

/// <summary>A store in memory, a budget, and contents on them with small windows.</summary>
internal sealed class ContentFixture : IContentKeys
{
    internal const int MiB = 1 << 20;

    internal static readonly ContentWindows Small = new(3 * MiB, MiB, 2 * MiB, 3);

    internal ContentFixture(ObjectStoreLimits? limits = null, long memory = 64 << 20, ObjectStorageOptions? options = null, IObjectStore? store = null)
    {
        Store = new MemoryObjectStore(new MemoryObjects(), limits ?? SmallParts);
        Memory = new MemoryBudget(memory);
        Context = new TransferContext(store ?? Store, Memory, options ?? new ObjectStorageOptions(), TimeProvider.System, NullLogger.Instance);
    }

    internal static ObjectStoreLimits SmallParts { get; } = MemoryObjectStore.DefaultLimits with { MinimumPartSize = MiB };

    internal MemoryObjectStore Store { get; }

    internal MemoryBudget Memory { get; }

    internal TransferContext Context { get; }

    private readonly List<Granule> _taken = [];

    /// <summary>Leaves only some granules to the files.</summary>
    internal void TakeAllBut(int granules)
    {
        while (Memory.TryRent() is { } granule)
        {
            _taken.Add(granule);
        }

        foreach (var granule in _taken.TakeLast(Math.Min(_taken.Count, granules)).ToList())
        {
            _taken.Remove(granule);
            granule.Dispose();
        }
    }

    internal FileContent Open(StoredObject? stored = null, ContentWindows? windows = null) =>
        new(Context, this, "dir/file", stored, windows ?? Small);

    internal FileContent OpenAt(string key) => new(Context, new Key(key), "dir/file", null, Small);

    public string ChooseKey() => "backup/file";

    public void Stored(StoredObject? previous, StoredObject? current)
    {
    }

    public ValueTask<StorageError?> AnnouncePartialAsync() => default;

    /// <summary>Bytes that are different everywhere.</summary>
    internal static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    internal static async Task WriteAllAsync(FileContent content, byte[] bytes, int step = MiB, long offset = 0)
    {
        for (var at = 0; at < bytes.Length; at += step)
        {
            var length = Math.Min(step, bytes.Length - at);
            Assert.Equal(length, (await content.WriteAsync(bytes.AsMemory(at, length), offset + at, default)).Value);
        }
    }

    internal static async Task<byte[]> ReadAllAsync(FileContent content)
    {
        var bytes = new byte[content.Size + 1];
        Assert.Equal(content.Size, (await content.ReadAsync(bytes, 0, default)).Value);
        return bytes[..^1];
    }

    internal static FileChecksums Sums(byte[] bytes)
    {
        using var summer = new FileChecksummer();
        summer.Append(bytes);
        return summer.Finish();
    }

    private sealed class Key(string key) : IContentKeys
    {
        public string ChooseKey() => key;

        public void Stored(StoredObject? previous, StoredObject? current)
        {
        }

        public ValueTask<StorageError?> AnnouncePartialAsync() => default;
    }

    /// <summary>Nothing is left behind.</summary>
    internal void AssertClean()
    {
        Assert.Equal((long)_taken.Count * MiB, Memory.Used);
        Assert.Empty(Store.Objects.ListUploads(""));
    }
}
