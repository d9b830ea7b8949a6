using BackupFs.Storage;
using BackupFs.Storage.File;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Mount.Semantics;

/// <summary>Plain files in a temporary directory.</summary>
public sealed class FileTreeStorage : ITreeStorage
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("backupfs-semantics-");

    public IBackupStorage Open() => new FileStorage(new FileStorageOptions(_directory.FullName), TimeProvider.System, NullLogger.Instance);

    public async Task PlantAsync(string directory, string name, IReadOnlyDictionary<string, byte[]> files)
    {
        foreach (var (path, content) in files)
        {
            var file = Path.Combine(_directory.FullName, directory, name, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, content);
        }
    }

    public ValueTask DisposeAsync()
    {
        _directory.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
