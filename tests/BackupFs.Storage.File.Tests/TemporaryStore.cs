using BackupFs.Storage.File.Interop;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Storage.File.Tests;

/// <summary>A storage in a directory of its own, deleted on dispose.</summary>
internal sealed class TemporaryStore : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("backupfs-file-").FullName;

    public TemporaryStore(Func<FileStorageOptions, FileStorageOptions>? configure = null, TimeProvider? time = null)
    {
        Root = Path.Combine(_parent, "store");
        var options = new FileStorageOptions(Root);
        Storage = new FileStorage(configure?.Invoke(options) ?? options, time ?? TimeProvider.System, NullLogger.Instance);
    }

    public string Root { get; }

    public FileStorage Storage { get; }

    public static bool IsRoot => FileSystemCalls.IsSuperuser;

    /// <summary>Another storage on the same directory, as another process has it.</summary>
    public FileStorage Another(Func<FileStorageOptions, FileStorageOptions>? configure = null)
    {
        var options = new FileStorageOptions(Root);
        return new FileStorage(configure?.Invoke(options) ?? options, TimeProvider.System, NullLogger.Instance);
    }

    public string At(params string[] path) => Path.Combine([Root, .. path]);

    public void Dispose()
    {
        using (var root = Storage.Root.Lease())
        {
        }

        Storage.Root.Close();
        OpenCalls.OpenAbsolute(Path.GetDirectoryName(_parent)!, OpenFlags.ReadOnly | OpenFlags.Directory, out var temporary);
        using (temporary)
        {
            Staging.TreeDeleter.Delete(temporary, Path.GetFileName(_parent), null, CancellationToken.None);
        }
    }
}
