using System.Collections.Concurrent;
using BackupFs.Storage.Objects.Contract;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Storage.Objects.Tests.Reading;

/// <summary>A complete backup of small files on a store in memory that notes every GET of a file, and can refuse or delay it.</summary>
internal sealed class SmallFilesWorld : IDisposable
{
    private const string Directory = "dir";
    private const string Name = "name";
    private readonly MemoryObjectStore _store;
    private int _underWay;
    private int _mostUnderWay;

    private SmallFilesWorld(MemoryObjects objects, ObjectStorageOptions options, TimeProvider? time)
    {
        _store = new MemoryObjectStore(objects) { Before = BeforeAsync };
        Storage = new ObjectStorage(_store, options, time ?? TimeProvider.System, NullLogger.Instance);
    }

    public ObjectStorage Storage { get; }

    public IBackupHandle Handle { get; private set; } = null!;

    public MemoryObjects Objects => _store.Objects;

    public MemoryBudget Budget => Storage.Context.Memory;

    public FilesAhead Ahead => Storage.Context.Readers.Ahead;

    /// <summary>The files that were fetched, in the order in which their GETs began.</summary>
    public ConcurrentQueue<string> Gets { get; } = new();

    public int UnderWay => _underWay;

    public int MostUnderWay => _mostUnderWay;

    /// <summary>How many files had been fetched, or were being fetched, when they were opened; exact where no fetch had to wait for others.</summary>
    public int FoundAhead { get; private set; }

    /// <summary>Called before the GET of a file with its path; an error it returns is the answer.</summary>
    public Func<string, CancellationToken, ValueTask<StorageError?>>? OnGet { get; set; }

    /// <summary>The names of a directory of files: in order, as a listing has them.</summary>
    public static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(i => $"file-{i:D4}")];

    public static async Task<SmallFilesWorld> CreateAsync(
        IEnumerable<string> paths, long memory = 256L << 20, int requests = 32, TimeProvider? time = null)
    {
        var objects = new MemoryObjects();
        var writer = new ObjectStorage(new MemoryObjectStore(objects), new ObjectStorageOptions(), TimeProvider.System, NullLogger.Instance);
        using (var written = await writer.StartBackupAsync(Directory, Name, default))
        {
            foreach (var path in paths)
            {
                await using var stream = await written.AddFileAsync(path, -1, default);
                await stream.WriteAsync(ContentOf(path));
            }

            await written.EndBackupAsync(BackupNotes.None, default);
        }

        var world = new SmallFilesWorld(objects, new ObjectStorageOptions { Memory = memory, Requests = requests }, time);
        world.Handle = (await world.Storage.FindBackupAsync(Directory, Name, default))!;
        Assert.Equal(BackupState.Complete, world.Handle.State);
        return world;
    }

    public static string KeyOf(string path) => ObjectKeys.File(Directory, Name, path);

    public async Task<IBackupFile> OpenAsync(string path)
    {
        var file = await Handle.Tree.OpenFileAsync(path, FileAccessMode.Read, truncate: false, default);
        Assert.True(file.IsOk, file.Error?.ToString());
        return file.Value;
    }

    /// <summary>Opens, reads and closes a file as cp does; its error, if that is what it has.</summary>
    public async Task<StorageError?> TryReadAsync(string path)
    {
        var before = Ahead.Count;
        await using var file = await OpenAsync(path);
        FoundAhead += before - Ahead.Count;
        var expected = ContentOf(path);
        var buffer = new byte[expected.Length + 1];
        var read = await file.ReadAsync(buffer, 0, default).AsTask().WaitAsync(ReadingWorld.Limit);
        if (read.IsOk)
        {
            Assert.Equal(expected.Length, read.Value);
            Assert.True(buffer.AsSpan(0, read.Value).SequenceEqual(expected), $"wrong bytes of {path}");
        }

        return read.Error;
    }

    public async Task ReadAsync(string path) => Assert.Null(await TryReadAsync(path));

    public async Task ReadAllAsync(IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            await ReadAsync(path);
        }
    }

    public ValueTask RemoveBackupAsync() => Storage.RemoveBackupAsync(Directory, Name, default);

    public void Dispose() => Handle.Dispose();

    /// <summary>A file named <c>large…</c> has more than a block, one named <c>empty…</c> nothing, others a few bytes.</summary>
    private static byte[] ContentOf(string path)
    {
        var name = BackupPath.LastSegment(path);
        return name.StartsWith("empty", StringComparison.Ordinal) ? []
            : ReadingWorld.Random(name.StartsWith("large", StringComparison.Ordinal) ? (1 << 20) + 5 : 100 + (path.Length * 7 % 50), path.Sum(c => c));
    }

    private async ValueTask<StorageError?> BeforeAsync(string request, string key, CancellationToken cancellationToken)
    {
        var prefix = ObjectKeys.Backup(Directory, Name);
        if (request != "get" || !key.StartsWith(prefix, StringComparison.Ordinal) || key == KeyOf(BackupManifest.FileName))
        {
            return null;
        }

        Gets.Enqueue(key[prefix.Length..]);
        var underWay = Interlocked.Increment(ref _underWay);
        for (int most; underWay > (most = _mostUnderWay) && Interlocked.CompareExchange(ref _mostUnderWay, underWay, most) != most;)
        {
        }

        try
        {
            return OnGet is null ? null : await OnGet(key[prefix.Length..], cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
