using BackupFs.Cli.Mounting;
using BackupFs.Mount;
using BackupFs.Storage;
using Microsoft.Extensions.Logging;

namespace BackupFs.Cli;

/// <summary>The parts that the program is put together from: the only thing that verbs know of storages and platforms.</summary>
internal interface IComposition
{
    /// <summary>Talks to mounts that run.</summary>
    IMountControl MountControl { get; }

    /// <summary>How a mount goes to the background.</summary>
    IBackgroundProcess BackgroundProcess { get; }

    /// <summary>Opens a storage.</summary>
    /// <param name="source">Where it is, and what bounds its transfers.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <exception cref="StorageException">The location is not one that any storage understands, or it cannot be opened.</exception>
    IBackupStorage OpenStorage(StorageSource source, ILoggerFactory loggers);

    /// <summary>Starts a file system over a storage and mounts it; returns when it answers.</summary>
    /// <exception cref="MountException">With a sentence that says what to do.</exception>
    /// <exception cref="StorageException">The storage cannot be used.</exception>
    Task<IRunningMount> MountAsync(MountRequest request, ILoggerFactory loggers, CancellationToken cancellationToken);
}
