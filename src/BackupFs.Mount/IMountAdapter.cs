using BackupFs.FileSystem;

namespace BackupFs.Mount;

/// <summary>Connects the platform-free file system to one platform's mounting facility.</summary>
public interface IMountAdapter
{
    /// <summary>Mounts and returns when the file system answers. The file system has been started by the caller.</summary>
    /// <exception cref="MountException">With a sentence that says what to do.</exception>
    ValueTask<IMountSession> MountAsync(BackupFileSystem fileSystem, MountOptions options, CancellationToken cancellationToken);
}
