using System.Security.Cryptography;
using BackupFs.Cli.Mounting;
using BackupFs.FileSystem;
using BackupFs.Fuse.Processes;
using BackupFs.Mount;
using BackupFs.Mount.Linux;
using BackupFs.Storage;
using BackupFs.Storage.Azure;
using BackupFs.Storage.File;
using BackupFs.Storage.Gcs;
using BackupFs.Storage.Objects;
using BackupFs.Storage.S3;
using Microsoft.Extensions.Logging;

namespace BackupFs.Cli;

/// <summary>Puts the program together: the only place that names storages and platforms.</summary>
internal sealed class Composition : IComposition
{
    private const string NotHere = "BackupFs mounts on Linux only so far; list, verify, checksums, abort and remove work with --storage";

    /// <inheritdoc/>
    public IMountControl MountControl => OperatingSystem.IsLinux() ? new LinuxMountControl() : throw new MountException(NotHere);

    /// <inheritdoc/>
    public IBackgroundProcess BackgroundProcess => OperatingSystem.IsLinux() ? new LinuxBackgroundProcess() : throw new MountException(NotHere);

    /// <inheritdoc/>
    public IBackupStorage OpenStorage(StorageSource source, ILoggerFactory loggers)
    {
        var storages = new StorageRegistry();
        storages.Register("memory", _ => new MemoryStorage());
        storages.Register(StorageUrl.FileScheme, url => new FileStorage(
            new FileStorageOptions(WithoutParameters(url).Path), TimeProvider.System, loggers.CreateLogger<FileStorage>()));
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

    private static void RegisterObjects(
        StorageRegistry storages,
        string scheme,
        Func<StorageUrl, TimeProvider, ILogger, IObjectStore> create,
        ObjectStorageOptions options,
        ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger<ObjectStorage>();
        storages.Register(scheme, url => new ObjectStorage(create(url, TimeProvider.System, logger), options, TimeProvider.System, logger));
    }

    /// <inheritdoc/>
    public async Task<IRunningMount> MountAsync(MountRequest request, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var storage = OpenStorage(new StorageSource(request.Storage) { Objects = request.Objects }, loggers);
        ProcessWatcher? watcher = null;
        BackupFileSystem? fileSystem = null;
        try
        {
            // Each platform's pieces: how processes are watched, and how a file system is mounted.
            if (!OperatingSystem.IsLinux())
            {
                throw new MountException(NotHere);
            }

            var adapter = new FuseMountAdapter(loggers);
            watcher = request.FileSystem.Writers == WriterPolicy.Off || request.FileSystem.ReadOnly
                ? null
                : new ProcessWatcher(loggers.CreateLogger<ProcessWatcher>(), TimeProvider.System);
            var observer = watcher is null ? null : new LinuxWriterObserver(watcher);

            // What an object storage calls itself leads nowhere without its parameters, which hold no secrets: it takes names of files.
            var options = storage is ObjectStorage ? request.FileSystem with { StorageLocation = request.Storage } : request.FileSystem;
            fileSystem = await BackupFileSystem.StartAsync(
                storage, options, observer, TimeProvider.System, loggers, cancellationToken).ConfigureAwait(false);
            var session = await adapter.MountAsync(fileSystem, request.ToMountOptions(storage.Location), cancellationToken).ConfigureAwait(false);
            return new RunningMount(storage, fileSystem, session, watcher, request.MountPoint);
        }
        catch
        {
            if (fileSystem is not null)
            {
                await fileSystem.DisposeAsync().ConfigureAwait(false);
            }

            watcher?.Dispose();
            await storage.CloseAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private static StorageUrl WithoutParameters(StorageUrl url) => url.Query.Count == 0
        ? url
        : throw new StorageException(StorageErrorKind.InvalidArgument, $"a storage of the scheme '{url.Scheme}' takes no parameters: {url}");
}
