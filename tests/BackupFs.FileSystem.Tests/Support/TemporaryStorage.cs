using BackupFs.Storage.File;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.FileSystem.Tests.Support;

/// <summary>A storage on this machine's disk that is gone after the test.</summary>
internal sealed class TemporaryStorage : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("backupfs-tests-");

    public TemporaryStorage() =>
        Storage = new FileStorage(new FileStorageOptions(_directory.FullName), TimeProvider.System, NullLogger.Instance);

    public FileStorage Storage { get; }

    public void Dispose() => _directory.Delete(recursive: true);
}
