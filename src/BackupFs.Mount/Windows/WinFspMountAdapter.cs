using System.Buffers.Binary;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Principal;
using System.Text;
using BackupFs.FileSystem;
using BackupFs.WinFsp;
using BackupFs.WinFsp.Security;
using Microsoft.Extensions.Logging;

namespace BackupFs.Mount.Windows;

/// <summary>Mounts through WinFsp, at a drive letter or a directory.</summary>
public sealed class WinFspMountAdapter : IMountAdapter
{
    /// <summary>Requests that may wait at once for a storage that is far away, reads and writes aside.</summary>
    private const int SlowThreads = 128;

    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly Mounter _mount;
    private readonly Func<Sid> _owner;

    /// <summary>For WinFsp as it is installed.</summary>
    [SupportedOSPlatform("windows")]
    public WinFspMountAdapter(ILoggerFactory loggers, TimeProvider time)
        : this(loggers, time, WinFspSession.MountAsync, Account)
    {
    }

    /// <summary>For what stands in for WinFsp.</summary>
    internal WinFspMountAdapter(ILoggerFactory loggers, TimeProvider time, Mounter mount, Func<Sid> owner)
    {
        _loggers = loggers;
        _time = time;
        _mount = mount;
        _owner = owner;
    }

    /// <summary>Mounts: the arguments of <see cref="WinFspSession.MountAsync(string?, IWinFspOperations, WinFspVolumeOptions?, ILogger?)"/>.</summary>
    internal delegate Task<WinFspSession> Mounter(
        string? mountPoint, IWinFspOperations operations, WinFspVolumeOptions? options, ILogger? log);

    /// <inheritdoc/>
    public async ValueTask<IMountSession> MountAsync(
        BackupFileSystem fileSystem, MountOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        ArgumentNullException.ThrowIfNull(options);
        cancellationToken.ThrowIfCancellationRequested();
        var rules = new AccessRules(_owner(), options.AllowOther, options.Umask);
        var operations = new WinFspOperations(fileSystem, options, rules, _time, _loggers.CreateLogger<WinFspOperations>());
        try
        {
            operations.MountPoint = options.MountPoint;
            var session = await _mount(
                options.MountPoint, operations, VolumeOptions(fileSystem, options), _loggers.CreateLogger<WinFspSession>()).ConfigureAwait(false);
            return new WinFspMountSession(session, operations, fileSystem);
        }
        catch (WinFspMountException error)
        {
            operations.Dispose();
            throw new MountException(error.Message, error);
        }
    }

    private static WinFspVolumeOptions VolumeOptions(BackupFileSystem fileSystem, MountOptions options) => new()
    {
        FileSystemName = "BackupFs",
        SectorSize = FileFacts.AllocationUnit,
        SectorsPerAllocationUnit = 1,
        SerialNumber = BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(options.Source))),
        ReadOnly = options.ReadOnly,

        // What others change in the storage is seen after that time; content is never cached, only what is mapped into memory.
        FileInfoTimeout = TimeSpan.FromSeconds(1),
        DispatcherThreads = fileSystem.MayWait ? SlowThreads : new WinFspVolumeOptions().DispatcherThreads,
    };

    [SupportedOSPlatform("windows")]
    private static Sid Account()
    {
        using var identity = WindowsIdentity.GetCurrent();
        return identity.User is { } user ? Sid.Parse(user.Value) : Sid.Administrators;
    }
}
