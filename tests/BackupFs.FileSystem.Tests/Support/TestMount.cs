using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace BackupFs.FileSystem.Tests.Support;

/// <summary>A file system on memory with a clock of its own, used by path as programs do. Every helper gives back the references it takes.</summary>
internal sealed partial class TestMount : IAsyncDisposable
{
    private const int DirectoryMode = 0x1ED;
    private const int FileMode = 0x1A4;

    private TestMount(BackupFileSystem fileSystem, MemoryStore store, IBackupStorage storage, FakeTimeProvider time, FakeWriterObserver observer, RecordingLogger log)
    {
        (Fs, Store, Storage, Time, Observer, Log) = (fileSystem, store, storage, time, observer, log);
        Fs.Listener = Listener;
    }

    public BackupFileSystem Fs { get; }

    public MemoryStore Store { get; }

    public IBackupStorage Storage { get; }

    public FakeTimeProvider Time { get; }

    public FakeWriterObserver Observer { get; }

    public RecordingLogger Log { get; }

    public RecordingListener Listener { get; } = new();

    /// <summary>Nobody that is watched.</summary>
    public static Caller Nobody => new(0, 0, 0);

    public static Task<TestMount> StartAsync(
        FileSystemOptions? options = null, MemoryStore? store = null, Func<IBackupStorage, IBackupStorage>? wrap = null) =>
        StartAsync(new FakeTimeProvider(), options, store, wrap);

    public static async Task<TestMount> StartAsync(
        FakeTimeProvider time, FileSystemOptions? options, MemoryStore? store, Func<IBackupStorage, IBackupStorage>? wrap)
    {
        store ??= new MemoryStore(time);
        IBackupStorage storage = new MemoryStorage(store);
        storage = wrap?.Invoke(storage) ?? storage;
        var observer = new FakeWriterObserver();
        var log = new RecordingLogger();
        var fileSystem = await BackupFileSystem.StartAsync(
            storage, options ?? new FileSystemOptions(), observer, time, log, CancellationToken.None);
        return new TestMount(fileSystem, store, storage, time, observer, log);
    }

    public ValueTask DisposeAsync() => Fs.DisposeAsync();

    /// <summary>The inode at a path; the caller owns one reference.</summary>
    public async Task<FsResult<FsEntry>> LookupAsync(string path)
    {
        Inode inode = Fs.Inodes.Root;
        Fs.Inodes.Reference(inode);
        var found = default(FsEntry);
        foreach (var segment in path.Split('/'))
        {
            var next = await Fs.LookupAsync(inode, segment, CancellationToken.None);
            Fs.Forget(inode, 1);
            if (!next.IsOk)
            {
                return next.Error;
            }

            found = next.Value;
            inode = found.Inode;
        }

        return found;
    }

    public async Task<T> WithAsync<T>(string path, Func<Inode, Task<T>> use)
    {
        if (path.Length == 0)
        {
            return await use(Fs.Inodes.Root);
        }

        var found = await LookupAsync(path);
        Assert.True(found.IsOk, $"{path}: {found.Error}");
        try
        {
            return await use(found.Value.Inode);
        }
        finally
        {
            Fs.Forget(found.Value.Inode, 1);
        }
    }

    public async Task<FsError> ExistsAsync(string path)
    {
        var found = await LookupAsync(path);
        if (found.IsOk)
        {
            Fs.Forget(found.Value.Inode, 1);
        }

        return found.Error;
    }

    public Task<FsError> MkdirAsync(string path, Caller? caller = null, int mode = DirectoryMode) => InParentAsync(path, async (parent, name) =>
        Drop(await Fs.MkdirAsync(parent, name, new NewEntry(mode), caller ?? Nobody, CancellationToken.None)));

    public Task<FsError> SymlinkAsync(string path, string target) => InParentAsync(path, async (parent, name) =>
        Drop(await Fs.SymlinkAsync(parent, name, Encoding.UTF8.GetBytes(target), new NewEntry(0x1FF), Nobody, CancellationToken.None)));

    public Task<FsError> LinkAsync(string existing, string path) => WithAsync(existing, inode => InParentAsync(path, async (parent, name) =>
        Drop(await Fs.LinkAsync(inode, parent, name, Nobody, CancellationToken.None))));

    public Task<FsResult<OpenFile>> CreateAsync(
        string path, Caller? caller = null, bool exclusive = false, bool truncate = true, FileAccessMode access = FileAccessMode.ReadWrite) =>
        InParentAsync<FsResult<OpenFile>>(path, async (parent, name) =>
        {
            var created = await Fs.CreateAsync(
                parent, name, new NewEntry(FileMode), access, exclusive, truncate, caller ?? Nobody, CancellationToken.None);
            if (!created.IsOk)
            {
                return created.Error;
            }

            Fs.Forget(created.Value.Entry.Inode, 1);
            return created.Value.File;
        });

    public Task<FsResult<OpenFile>> OpenAsync(string path, FileAccessMode access, bool truncate = false, Caller? caller = null) =>
        WithAsync(path, async inode => await Fs.OpenAsync(inode, access, truncate, caller ?? Nobody, CancellationToken.None));

    public async Task<FsError> WriteAsync(OpenFile file, string text, long offset = 0) =>
        (await Fs.WriteAsync(file, Encoding.UTF8.GetBytes(text), offset, clearSetId: false, CancellationToken.None)).Error;

    /// <summary>close(2) of the last descriptor.</summary>
    public async Task<FsError> CloseAsync(OpenFile file, Caller? caller = null)
    {
        var flushed = await Fs.FlushAsync(file, caller ?? Nobody, CancellationToken.None);
        await Fs.ReleaseAsync(file);
        return flushed;
    }

    /// <summary>Writes a whole file: create or truncate, write, close.</summary>
    public async Task<FsError> WriteFileAsync(string path, string text, Caller? caller = null)
    {
        var file = await CreateAsync(path, caller);
        if (!file.IsOk)
        {
            return file.Error;
        }

        var written = await WriteAsync(file.Value, text);
        var closed = await CloseAsync(file.Value, caller);
        return written != FsError.None ? written : closed;
    }

    public async Task<string> ReadFileAsync(string path)
    {
        var opened = await OpenAsync(path, FileAccessMode.Read);
        Assert.True(opened.IsOk, $"{path}: {opened.Error}");
        return await ReadAndCloseAsync(opened.Value);
    }

    public async Task<string> ReadAndCloseAsync(OpenFile file)
    {
        var buffer = new byte[64 * 1024];
        var read = await Fs.ReadAsync(file, buffer, 0, CancellationToken.None);
        await CloseAsync(file);
        return Encoding.UTF8.GetString(buffer, 0, read.Value);
    }

    public Task<FsError> UnlinkAsync(string path) => InParentAsync(path, async (parent, name) =>
        await Fs.UnlinkAsync(parent, name, Nobody, CancellationToken.None));

    public Task<FsError> RmdirAsync(string path) => InParentAsync(path, async (parent, name) =>
        await Fs.RmdirAsync(parent, name, Nobody, CancellationToken.None));

    public Task<FsError> RenameAsync(string path, string newPath, RenameMode mode = RenameMode.Replace) =>
        InParentAsync(path, (parent, name) => InParentAsync(newPath, async (newParent, newName) =>
            await Fs.RenameAsync(parent, name, newParent, newName, mode, Nobody, CancellationToken.None)));

    public Task<FsError> SetAsync(string path, string attribute, string value) => WithAsync(path, async inode =>
        await Fs.SetxattrAsync(inode, attribute, Encoding.UTF8.GetBytes(value), AttributeSetMode.CreateOrReplace, Nobody, CancellationToken.None));

    /// <summary>The attribute's value, or the error's name in angle brackets.</summary>
    public Task<string> GetAsync(string path, string attribute) => WithAsync(path, async inode =>
    {
        var value = await Fs.GetxattrAsync(inode, attribute, CancellationToken.None);
        return value.IsOk ? Encoding.UTF8.GetString(value.Value) : $"<{value.Error}>";
    });

    public Task<FsError> EndAsync(string backup) => SetAsync(backup, ControlAttributes.State, "complete");

    public Task<string> StateAsync(string backup) => GetAsync(backup, ControlAttributes.State);

    public Task<string[]> ListAsync(string path) => WithAsync(path, async inode =>
    {
        var directory = Fs.Opendir(inode).Value;
        var names = await Fs.ReaddirAsync(directory, fromStart: true, CancellationToken.None);
        Fs.Releasedir(directory);
        Assert.True(names.IsOk, $"{path}: {names.Error}");
        return names.Value.Select(name => name.Name).Order(StringComparer.Ordinal).ToArray();
    });

    public Task<FsResult<EntryAttributes>> StatAsync(string path) => WithAsync(path, async inode =>
        await Fs.GetAttributesAsync(inode, null, CancellationToken.None));

    /// <summary>The manifest of a complete backup, read past the mount.</summary>
    public async Task<BackupManifest?> ManifestAsync(string directory, string name)
    {
        using var handle = await Storage.FindBackupAsync(directory, name, CancellationToken.None);
        return handle is null ? null : await handle.ReadManifestAsync(CancellationToken.None);
    }

    private FsError Drop(FsResult<FsEntry> made)
    {
        if (made.IsOk)
        {
            Fs.Forget(made.Value.Inode, 1);
        }

        return made.Error;
    }

    private Task<T> InParentAsync<T>(string path, Func<Inode, string, Task<T>> use) =>
        WithAsync(BackupPath.Parent(path), parent => use(parent, BackupPath.LastSegment(path)));
}
