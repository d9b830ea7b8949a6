using System.Text;
using Xunit;

namespace BackupFs.Storage.Contract;

/// <summary>
/// What every storage has to do: derive a class in the storage's test project and say how one is made. Every test gets an
/// empty storage. What depends on capabilities is tested either way.
/// </summary>
public abstract partial class StorageContract : IAsyncLifetime
{
    protected const string Shard = "commerce/-80";

    protected static readonly NewEntry Plain = new(0x1A4);
    protected static readonly NewEntry PlainDirectory = new(0x1ED);

    /// <summary>The storage under test; made anew for every test.</summary>
    protected IBackupStorage Storage { get; private set; } = null!;

    /// <summary>Only against hangs.</summary>
    protected static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;

    public async Task InitializeAsync() => Storage = await CreateStorageAsync();

    public virtual Task DisposeAsync() => Storage is null ? Task.CompletedTask : Storage.CloseAsync(default).AsTask();

    /// <summary>A new, empty storage.</summary>
    protected abstract ValueTask<IBackupStorage> CreateStorageAsync();

    /// <summary>The same storage as a second process sees it.</summary>
    protected abstract ValueTask<IBackupStorage> ReopenAsync();

    /// <summary>Leaves an open backup as the death of its process would.</summary>
    protected abstract ValueTask SimulateCrashAsync(IBackupHandle handle);

    /// <summary>Changes a byte of a stored file behind the storage's back; false where a test cannot.</summary>
    protected virtual ValueTask<bool> TamperAsync(string directory, string name, string path, long offset) => new(false);

    /// <summary>Stores a backup as Vitess would, without a manifest of ours; false where a test cannot.</summary>
    protected virtual ValueTask<bool> PlantForeignAsync(string directory, string name, IReadOnlyDictionary<string, byte[]> files) => new(false);

    /// <summary>Whether the storage cannot keep a file of this name, and says so.</summary>
    protected virtual bool Refuses(string name) => false;

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static byte[] RandomBytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Checks that a result is an error of one kind.</summary>
    protected static void Fails<T>(StorageErrorKind kind, StorageResult<T> result) => Assert.Equal(kind, result.Error?.Kind);

    /// <summary>Checks that a call throws an error of one kind, and returns it.</summary>
    protected static async Task<StorageError> ThrowsAsync(StorageErrorKind kind, Func<Task> call)
    {
        var exception = await Assert.ThrowsAsync<StorageException>(call);
        Assert.True(exception.Kind == kind, $"{kind} was expected, not {exception.Kind}: {exception.Message}");
        Assert.NotEqual("", exception.Message);
        return exception.Error;
    }

    protected static async Task AddAsync(IBackupHandle handle, string path, byte[] content, long hint = -1)
    {
        await using var stream = await handle.AddFileAsync(path, hint, Soon);
        await stream.WriteAsync(content, Soon);
    }

    protected static async Task<byte[]> ReadAsync(IBackupHandle handle, string path)
    {
        await using var stream = await handle.ReadFileAsync(path, Soon);
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, Soon);
        return content.ToArray();
    }

    protected static async Task EndAsync(IBackupHandle handle) => await handle.EndBackupAsync(BackupNotes.None, Soon);

    /// <summary>Makes a complete backup and returns it as another process finds it.</summary>
    protected async Task<IBackupHandle> CompleteAsync(string name, params (string Path, byte[] Content)[] files)
    {
        using var handle = await Storage.StartBackupAsync(Shard, name, Soon);
        foreach (var (path, content) in files)
        {
            await AddAsync(handle, path, content);
        }

        await EndAsync(handle);
        return await FindAsync(name);
    }

    protected async Task<IBackupHandle> FindAsync(string name)
    {
        var found = await (await ReopenAsync()).FindBackupAsync(Shard, name, Soon);
        Assert.NotNull(found);
        return found;
    }

    protected static async Task<string[]> NamesAsync(IBackupStorage storage, string directory = Shard) =>
        [.. (await storage.ListBackupsAsync(directory, Soon)).Select(handle => handle.Name)];

    protected static async Task<string[]> IncompleteNamesAsync(IBackupStorage storage) =>
        [.. (await storage.ListIncompleteAsync(Shard, Soon)).Select(handle => handle.Name)];

    protected static async Task<string[]> ChildrenAsync(IBackupTree tree, string path) =>
        [.. (await tree.ListAsync(path, Soon)).Value.Select(entry => entry.Name).Order(StringComparer.Ordinal)];

    /// <summary>Makes a file with content through the tree.</summary>
    protected static async Task CreateAsync(IBackupTree tree, string path, string content = "")
    {
        await using var file = (await tree.CreateFileAsync(path, FileAccessMode.Write, Plain, Soon)).Value;
        if (content.Length > 0)
        {
            Assert.Equal(content.Length, (await file.WriteAsync(Bytes(content), 0, Soon)).Value);
        }

        Assert.True((await file.FlushAsync(Soon)).IsOk);
    }

    protected static async Task<string> TextAsync(IBackupTree tree, string path)
    {
        await using var file = (await tree.OpenFileAsync(path, FileAccessMode.Read, truncate: false, Soon)).Value;
        var buffer = new byte[(await file.GetAttributesAsync(Soon)).Value.Size + 1];
        var read = (await file.ReadAsync(buffer, 0, Soon)).Value;
        Assert.Equal(buffer.Length - 1, read);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    protected static async Task<EntryAttributes> StatAsync(IBackupTree tree, string path) => (await tree.GetAttributesAsync(path, Soon)).Value;
}
