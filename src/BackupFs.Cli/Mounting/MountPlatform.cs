using BackupFs.FileSystem;
using BackupFs.Mount;

namespace BackupFs.Cli.Mounting;

/// <summary>What a mount needs of its platform.</summary>
/// <param name="Adapter">Mounts a file system.</param>
/// <param name="Observer">Tells how writers end; null where that is not wanted or cannot be known.</param>
/// <param name="Watching">What is behind the observer; ends with the mount.</param>
internal sealed record MountPlatform(IMountAdapter Adapter, IWriterObserver? Observer, IDisposable? Watching);
