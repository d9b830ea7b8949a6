using BackupFs.WinFsp.Interop;
using BackupFs.WinFsp.Layout;
using BackupFs.WinFsp.Serving;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.WinFsp;

/// <summary>A mounted volume being served. Thread-safe.</summary>
public sealed class WinFspSession : IAsyncDisposable
{
    /// <summary>What the licence of WinFsp wants a program that uses it to show to its users.</summary>
    public const string Notice =
        "WinFsp - Windows File System Proxy, Copyright (C) Bill Zissimopoulos, https://github.com/winfsp/winfsp";

    private const string DiskDevice = "WinFsp.Disk";
    private const string NetworkDevice = "WinFsp.Net";
    private const int FewestThreads = 2; // WinFsp takes no fewer

    private readonly object _lock = new();
    private readonly IWinFspLibrary _library;
    private readonly Volume _volume;
    private readonly InterfaceTable _table;
    private readonly nint _fileSystem;
    private readonly ILogger _log;
    private Task? _unmount;

    private WinFspSession(
        IWinFspLibrary library, Volume volume, InterfaceTable table, nint fileSystem, string mountPoint, ILogger log)
    {
        _library = library;
        _volume = volume;
        _table = table;
        _fileSystem = fileSystem;
        _log = log;
        MountPoint = mountPoint;
        Notifier = new WinFspNotifier(library, fileSystem, log);
    }

    /// <summary>Where the volume is mounted: a drive as "X:", or a directory.</summary>
    public string MountPoint { get; }

    /// <summary>Tells Windows what changed.</summary>
    public WinFspNotifier Notifier { get; }

    /// <summary>
    /// Completes when the mount has ended, by whomever: every operation has completed and <see cref="IWinFspOperations.Stopped"/> was
    /// called. The session is still to be disposed. Never fails.
    /// </summary>
    public Task<WinFspEnding> Ended => _volume.Ended;

    /// <summary>Opens that were not closed.</summary>
    public int OpenFiles => _volume.Handles.Count;

    /// <summary>Reads, writes and listings that were not answered yet and that no thread waits for.</summary>
    public int PendingRequests => _volume.Pending.Count;

    /// <summary>
    /// Mounts a volume and serves it; completes when it is ready. Failures are <see cref="WinFspMountException"/>.
    /// </summary>
    /// <param name="mountPoint">
    /// A drive that is free as "X:", a directory that does not exist in one that does, or null for the last free drive.
    /// </param>
    /// <param name="operations">The file system.</param>
    /// <param name="options">Options; null takes the defaults. Those that cannot be are <see cref="ArgumentException"/>.</param>
    /// <param name="log">Where to log; null logs nothing.</param>
    public static Task<WinFspSession> MountAsync(
        string? mountPoint, IWinFspOperations operations, WinFspVolumeOptions? options = null, ILogger? log = null) =>
        MountAsync(WinFspLibrary.Load, mountPoint, operations, options, log);

    /// <summary>
    /// Unmounts: the mount point vanishes, operations under way are waited for, files still open fail. Requests that are answered after it
    /// began are told to programs as cancelled. Cannot fail. Not to be waited for in an operation.
    /// </summary>
    public Task UnmountAsync()
    {
        lock (_lock)
        {
            return _unmount ??= Task.Factory.StartNew(
                Unmount, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    /// <summary>Unmounts if still mounted, and waits for the end.</summary>
    public async ValueTask DisposeAsync() => await UnmountAsync().ConfigureAwait(false);

    /// <summary>Mounts with what stands in for WinFsp's DLL.</summary>
    internal static Task<WinFspSession> MountAsync(
        Func<IWinFspLibrary> library, string? mountPoint, IWinFspOperations operations, WinFspVolumeOptions? options, ILogger? log)
    {
        ArgumentNullException.ThrowIfNull(operations);
        options ??= new WinFspVolumeOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.DispatcherThreads, FewestThreads, nameof(options));
        VolumeParams parameters = VolumeParams.From(options);
        return Task.Factory.StartNew(
            () => Mount(library(), mountPoint, operations, parameters, options, log ?? NullLogger.Instance),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    private static WinFspSession Mount(
        IWinFspLibrary library,
        string? mountPoint,
        IWinFspOperations operations,
        VolumeParams parameters,
        WinFspVolumeOptions options,
        ILogger log)
    {
        string device = options.NetworkPrefix is null ? DiskDevice : NetworkDevice;
        uint version = LibraryVersion.Check(library);
        MountErrors.Check(library.Preflight(device, mountPoint), mountPoint);

        var table = new InterfaceTable(options);
        try
        {
            MountErrors.Check(library.Create(device, parameters, table.Address, out nint fileSystem), mountPoint);
            var volume = new Volume(operations, library, log);
            try
            {
                Volumes.Add(fileSystem, volume);
                library.RemoveOperationGuard(fileSystem);
                library.SetDebugLog(fileSystem, options.DebugLog);
                MountErrors.Check(library.SetMountPoint(fileSystem, mountPoint, options.MountPointSecurity.Span), mountPoint);
                string mounted = library.GetMountPoint(fileSystem) ?? mountPoint ?? "";
                MountErrors.Check(library.StartDispatcher(fileSystem, (uint)options.DispatcherThreads), mountPoint);
                log.Mounted(mounted, LibraryVersion.Major(version), LibraryVersion.Minor(version));
                return new WinFspSession(library, volume, table, fileSystem, mounted, log);
            }
            catch
            {
                library.Delete(fileSystem);
                Volumes.Remove(fileSystem);
                throw;
            }
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    private void Unmount()
    {
        Notifier.Stop();
        _library.StopDispatcher(_fileSystem);
        _volume.Stopped(WinFspEnding.Unmounted); // should WinFsp not have told: the operations count on it
        _library.Delete(_fileSystem);
        Volumes.Remove(_fileSystem);
        _table.Dispose();
        if (_volume.Handles.Count is > 0 and int count)
        {
            _log.LeftOpen(count);
        }

        _log.Ended(MountPoint, _volume.Ended.Result);
    }
}
