using BackupFs.FileSystem;
using BackupFs.Fuse;
using Microsoft.Extensions.Logging;

namespace BackupFs.Mount.Linux;

/// <summary>Mounts through FUSE: as root with mount(2), as an ordinary user with fusermount3.</summary>
public sealed class FuseMountAdapter(ILoggerFactory loggers) : IMountAdapter
{
    /// <summary>Reads (which the kernel counts as background work) under way at once over a storage that is far away.</summary>
    private const int SlowBackground = 1024;

    /// <summary>Address space, not memory, for some 3800 requests under way.</summary>
    private const long SlowBufferBytes = 4L << 30;

    /// <inheritdoc/>
    public async ValueTask<IMountSession> MountAsync(
        BackupFileSystem fileSystem, MountOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        ArgumentNullException.ThrowIfNull(options);
        var operations = new FuseOperations(fileSystem, options, loggers.CreateLogger<FuseOperations>());
        var features = FuseMountOptions.DefaultFeatures;
        if (options.Passthrough != PassthroughMode.Off)
        {
            features |= FuseFeatures.Passthrough;
        }

        var fuseOptions = new FuseMountOptions
        {
            Name = options.Source,
            ReadOnly = options.ReadOnly,
            AllowOther = options.AllowOther,
            NoExec = options.KernelOptions.Contains("noexec", StringComparer.Ordinal),
            Features = features,
        };
        if (fileSystem.MayWait)
        {
            // Many requests wait at the same time for a storage that is far away; others must get past them, and interrupts, too.
            fuseOptions = fuseOptions with { MaxBackground = SlowBackground, MaxBufferBytes = SlowBufferBytes };
        }

        try
        {
            var session = await FuseSession.MountAsync(
                options.MountPoint, operations, fuseOptions, loggers.CreateLogger<FuseSession>(), cancellationToken).ConfigureAwait(false);
            return new FuseMountSession(session, operations, fileSystem);
        }
        catch (FuseMountException error)
        {
            throw new MountException(error.Message, error);
        }
    }
}
