using BackupFs.FileSystem;
using BackupFs.Fuse.Processes;
using BackupFs.Mount.Linux;
using BackupFs.Mount.Semantics;
using BackupFs.Mount.Tests.Mounting;
using BackupFs.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Mount.Tests.Semantics;

/// <summary>A FUSE mount served by the process of the tests, and used by the system calls that programs make.</summary>
internal sealed class FuseTree : IMountedTree
{
    private const int WatchdogSeconds = 300;

    private readonly DirectoryInfo _mountPoint;
    private readonly IBackupStorage _storage;
    private readonly BackupFileSystem _fileSystem;
    private readonly ProcessWatcher? _watcher;
    private readonly Watchdog _watchdog;
    private IMountSession _session = null!;

    static FuseTree() => ThreadPool.SetMinThreads(64, 64); // many of them wait in system calls that others answer

    private FuseTree(
        ITreeStorage place, DirectoryInfo mountPoint, IBackupStorage storage, BackupFileSystem fileSystem, ProcessWatcher? watcher)
    {
        (Storage, _mountPoint, _storage, _fileSystem, _watcher) = (place, mountPoint, storage, fileSystem, watcher);
        _watchdog = new Watchdog(mountPoint.FullName, WatchdogSeconds);
    }

    public ITreeStorage Storage { get; }

    public IMountControl Control { get; } = new LinuxMountControl();

    public static async Task<FuseTree> StartAsync(ITreeStorage place, FileSystemOptions options)
    {
        TestEnvironment.ProvideFuseDevice();
        var storage = place.Open();
        var watcher = options.Writers == WriterPolicy.Off ? null : new ProcessWatcher(NullLogger<ProcessWatcher>.Instance, TimeProvider.System);
        var fileSystem = await BackupFileSystem.StartAsync(
            storage, options, watcher is null ? null : new LinuxWriterObserver(watcher), TimeProvider.System, NullLoggerFactory.Instance, default);
        var tree = new FuseTree(place, Directory.CreateTempSubdirectory("backupfs-mount-"), storage, fileSystem, watcher);
        tree._session = await new FuseMountAdapter(NullLoggerFactory.Instance).MountAsync(
            fileSystem, new MountOptions { MountPoint = tree._mountPoint.FullName, Source = storage.Location }, default);
        return tree;
    }

    public string FullPath(string path) => Path.Combine(_mountPoint.FullName, path);

    public Refusal MakeDirectory(string path) => Posix.Refusing(() => Posix.Mkdir(FullPath(path)));

    public Refusal Write(string path, ReadOnlySpan<byte> content)
    {
        var bytes = content.ToArray();
        return Posix.Refusing(() => With(path, Posix.WriteOnly | Posix.Create | Posix.Truncate, file => Posix.Write(file, bytes, 0)));
    }

    public IMountedFile Open(string path, bool create = false) =>
        new OpenedFile(Posix.Open(FullPath(path), Posix.ReadWrite | (create ? Posix.Create | Posix.Exclusive : 0)));

    public Refusal Truncate(string path, long size) => Posix.Refusing(() => Posix.SetSize(FullPath(path), size));

    public byte[] Read(string path) => File.ReadAllBytes(FullPath(path));

    public byte[] ReadAt(string path, long offset, int length)
    {
        byte[] content = [];
        With(path, Posix.ReadOnly, file => content = Posix.Read(file, offset, length));
        return content;
    }

    public IReadOnlyList<string> List(string path) =>
        [.. Directory.EnumerateFileSystemEntries(FullPath(path)).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];

    public bool Exists(string path) => Path.Exists(FullPath(path));

    public long SizeOf(string path) => new FileInfo(FullPath(path)).Length;

    public DateTime TimeOf(string path) => File.GetLastWriteTimeUtc(FullPath(path));

    public Refusal SetTime(string path, DateTime time) => Posix.Refusing(() => Posix.SetTime(FullPath(path), time));

    public Refusal Rename(string path, string newPath) => Posix.Refusing(() => Posix.Rename(FullPath(path), FullPath(newPath)));

    public Refusal Remove(string path) => Posix.Refusing(() =>
    {
        if (Directory.Exists(FullPath(path)))
        {
            Posix.Rmdir(FullPath(path));
        }
        else
        {
            Posix.Unlink(FullPath(path));
        }
    });

    public Refusal Sync(string path) => Posix.Refusing(() => With(path, Posix.ReadOnly, Posix.Sync));

    public ITreeWriter StartWriter(string path, string text) => new ShellWriter(FullPath(path), text);

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        await _fileSystem.DisposeAsync();
        _watcher?.Dispose();
        await _storage.CloseAsync(default);
        _watchdog.Dispose();
        _mountPoint.Delete();
        await Storage.DisposeAsync();
    }

    private void With(string path, int flags, Action<int> use)
    {
        var file = Posix.Open(FullPath(path), flags);
        try
        {
            use(file);
        }
        catch
        {
            Posix.Refusing(() => Posix.Close(file));
            throw;
        }

        Posix.Close(file);
    }

    private sealed class OpenedFile(int file) : IMountedFile
    {
        public Refusal WriteAt(long offset, ReadOnlySpan<byte> content)
        {
            var bytes = content.ToArray();
            return Posix.Refusing(() => Posix.Write(file, bytes, offset));
        }

        public byte[] ReadAt(long offset, int length) => Posix.Read(file, offset, length);

        public void Dispose() => Posix.Close(file);
    }
}
