using System.Runtime.Versioning;
using System.Security.Cryptography;
using BackupFs.Cli.Mounting;
using BackupFs.FileSystem;
using BackupFs.Fuse.Processes;
using BackupFs.Mount;
using BackupFs.Mount.Linux;
using BackupFs.Mount.Windows;
using BackupFs.Storage;
using BackupFs.Storage.Azure;
using BackupFs.Storage.Directory;
using BackupFs.Storage.File;
using BackupFs.Storage.Gcs;
using BackupFs.Storage.Objects;
using BackupFs.Storage.S3;
using BackupFs.WinFsp.Control;
using BackupFs.WinFsp.Processes;
using Microsoft.Extensions.Logging;

namespace BackupFs.Cli;

/// <summary>Puts the program together: the only place that names storages and platforms.</summary>
internal sealed class Composition : IComposition
{
    private const string NotHere = "BackupFs mounts on Linux and Windows; here list, verify, checksums, end, abort and remove work with --storage";

    /// <inheritdoc/>
    public IMountControl MountControl => OperatingSystem.IsLinux() ? new LinuxMountControl()
        : OperatingSystem.IsWindows() ? new WindowsMountControl(new DeviceControl(), TimeProvider.System)
        : throw new MountException(NotHere);

    /// <inheritdoc/>
    public IBackgroundProcess BackgroundProcess => OperatingSystem.IsLinux() ? new LinuxBackgroundProcess() : throw new MountException(NotHere);

    /// <inheritdoc/>
    public IBackupStorage OpenStorage(StorageSource source, ILoggerFactory loggers)
    {
        var storages = new StorageRegistry();
        storages.Register("memory", _ => new MemoryStorage());
        storages.Register(DirectoryStoreOptions.OwnScheme, url => OpenDirectory(url, source.Objects, loggers));
        storages.Register(StorageUrl.FileScheme, url => OperatingSystem.IsWindows()
            ? OpenDirectory(url, source.Objects, loggers)
            : new FileStorage(new FileStorageOptions(WithoutParameters(url).Path), TimeProvider.System, loggers.CreateLogger<FileStorage>()));
        RegisterObjects(storages, "azblob", AzureObjectStore.Create, source.Objects, loggers);
        RegisterObjects(
            storages, "ceph", (url, time, logger) => S3Storage.OpenCeph(url, time, Chance, logger), source.Objects, loggers);
        RegisterObjects(
            storages, "s3", (url, time, logger) => S3Storage.OpenS3(url, time, Chance, logger), source.Objects, loggers);
        RegisterObjects(storages, "gcs", GcsObjectStore.Create, source.Objects, loggers);
        return storages.Open(source.Location);
    }

    /// <summary>For the jitter of retries; thread-safe.</summary>
    private static double Chance() => RandomNumberGenerator.GetInt32(1 << 20) / (double)(1 << 20);

    /// <summary>A directory has room for files that are written in any order: it is on the same disk.</summary>
    private static ObjectStorage OpenDirectory(StorageUrl url, ObjectStorageOptions options, ILoggerFactory loggers)
    {
        var store = DirectoryObjectStore.Create(url, TimeProvider.System);
        options = options.SpoolDirectory is null ? options with { SpoolDirectory = store.SpoolDirectory, SpoolBytes = long.MaxValue } : options;
        return new ObjectStorage(store, options, TimeProvider.System, loggers.CreateLogger<ObjectStorage>());
    }

    private static void RegisterObjects(
        StorageRegistry storages,
        string scheme,
        Func<StorageUrl, TimeProvider, ILogger, IObjectStore> create,
        ObjectStorageOptions options,
        ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger<ObjectStorage>();
        storages.Register(scheme, url => new ObjectStorage(
            create(url, TimeProvider.System, logger), UploadParameters.Apply(url, options), TimeProvider.System, logger));
    }

    /// <inheritdoc/>
    public async Task<IRunningMount> MountAsync(MountRequest request, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var storage = OpenStorage(new StorageSource(request.Storage) { Objects = request.Objects }, loggers);
        MountPlatform? platform = null;
        BackupFileSystem? fileSystem = null;
        try
        {
            platform = OperatingSystem.IsLinux() ? OnLinux(request, loggers)
                : OperatingSystem.IsWindows() ? OnWindows(request, loggers)
                : throw new MountException(NotHere);

            // What an object storage calls itself leads nowhere without its parameters, which hold no secrets: it takes names of files.
            var options = storage is ObjectStorage ? request.FileSystem with { StorageLocation = request.Storage } : request.FileSystem;
            fileSystem = await BackupFileSystem.StartAsync(
                storage, options, platform.Observer, TimeProvider.System, loggers, cancellationToken).ConfigureAwait(false);
            var session = await platform.Adapter.MountAsync(fileSystem, request.ToMountOptions(storage.Location), cancellationToken).ConfigureAwait(false);
            return new RunningMount(storage, fileSystem, session, platform.Watching, request.MountPoint);
        }
        catch
        {
            if (fileSystem is not null)
            {
                await fileSystem.DisposeAsync().ConfigureAwait(false);
            }

            platform?.Watching?.Dispose();
            await storage.CloseAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    [SupportedOSPlatform("linux")]
    private static MountPlatform OnLinux(MountRequest request, ILoggerFactory loggers)
    {
        var watcher = Watches(request) ? new ProcessWatcher(loggers.CreateLogger<ProcessWatcher>(), TimeProvider.System) : null;
        return new MountPlatform(new FuseMountAdapter(loggers), watcher is null ? null : new LinuxWriterObserver(watcher), watcher);
    }

    [SupportedOSPlatform("windows")]
    private static MountPlatform OnWindows(MountRequest request, ILoggerFactory loggers) => new(
        new WinFspMountAdapter(loggers, TimeProvider.System),
        Watches(request) ? new WindowsWriterObserver(new LocalProcesses(), TimeProvider.System) : null,
        Watching: null);

    private static bool Watches(MountRequest request) => request.FileSystem.Writers != WriterPolicy.Off && !request.FileSystem.ReadOnly;

    private static StorageUrl WithoutParameters(StorageUrl url) => url.Query.Count == 0
        ? url
        : throw new StorageException(StorageErrorKind.InvalidArgument, $"a storage of the scheme '{url.Scheme}' takes no parameters: {url}");
}
