using BackupFs.Cli.Mounting;
using BackupFs.Mount;
using BackupFs.Storage;
using Microsoft.Extensions.Logging;

namespace BackupFs.Cli;

/// <summary>Puts the program together: the only place that names storages and platforms.</summary>
internal sealed class Composition : IComposition
{
    /// <inheritdoc/>
    public IMountControl MountControl => throw new MountException("this build cannot mount on this platform");

    /// <inheritdoc/>
    public IBackgroundProcess BackgroundProcess => throw new MountException("this build cannot mount on this platform");

    /// <inheritdoc/>
    public IBackupStorage OpenStorage(string location, ILoggerFactory loggers) =>
        throw new StorageException(StorageErrorKind.Unsupported, $"this build has no storage for '{StorageLocation.WithoutSecrets(location)}'");

    /// <inheritdoc/>
    public Task<IRunningMount> MountAsync(MountRequest request, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        throw new MountException("this build cannot mount on this platform");
}
