using BackupFs.Fuse.Mounting;
using BackupFs.Fuse.Serving;
using BackupFs.Fuse.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Fuse;

/// <summary>A mounted file system being served. Thread-safe.</summary>
public sealed class FuseSession : IAsyncDisposable
{
    private const int MinMaxRead = 4096; // the kernel raises anything less
    private readonly MountedDevice _mount;
    private readonly IFuseOperations _operations;
    private readonly FuseMountOptions _options;
    private readonly ILogger _log;
    private readonly RequestPool _pool;
    private readonly DeviceChannel _channel;
    private readonly DeviceTransport _transport;
    private readonly TaskCompletionSource<SessionEnding> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile bool _aborted;

    private FuseSession(MountedDevice mount, IFuseOperations operations, FuseMountOptions options, ILogger log)
    {
        _mount = mount;
        _operations = operations;
        _options = options;
        _log = log;
        int maxSlots = (int)Math.Clamp(options.MaxBufferBytes / RequestSlot.BufferLength, 4, 1 << 16);
        _pool = new RequestPool(maxSlots, keep: 8 + Environment.ProcessorCount, log);
        _channel = new DeviceChannel(mount.Device);
        var dispatcher = new RequestDispatcher(operations, new InterruptTable(_pool), log);
        _transport = new DeviceTransport(_channel, dispatcher, _pool, options, log);
        Notifier = new FuseNotifier(_channel, log);
        Passthrough = new FusePassthrough(mount.Device, log);
        Connection = new Handshake(operations, options, _pool, Notifier, Passthrough).Run(_channel);
    }

    /// <summary>Where the file system is mounted: the resolved path, or /dev/fd/N as given.</summary>
    public string Mountpoint => _mount.Mountpoint;

    /// <summary>What was agreed with the kernel.</summary>
    public FuseConnectionInfo Connection { get; }

    /// <summary>Tells the kernel what is stale.</summary>
    public FuseNotifier Notifier { get; }

    /// <summary>Registers backing files.</summary>
    public FusePassthrough Passthrough { get; }

    /// <summary>
    /// Completes when the file system was unmounted (by whomever) or aborted, all threads have stopped, pending
    /// requests were answered or dropped, and <see cref="IFuseOperations.Destroy"/> was called. Never fails.
    /// </summary>
    public Task<SessionEnding> Ended => _ended.Task;

    /// <summary>Requests taken from the kernel and not yet answered.</summary>
    public int PendingRequests => _pool.PendingCount;

    /// <summary>Threads reading requests now.</summary>
    public int Readers => _transport.ReaderCount;

    /// <summary>
    /// Mounts a file system and serves it; completes when it is ready. As root with mount(2), otherwise through
    /// fusermount3. Failures are <see cref="FuseMountException"/>.
    /// </summary>
    /// <param name="mountpoint">An existing directory, or /dev/fd/N, a descriptor of /dev/fuse that is mounted already.</param>
    /// <param name="operations">The file system.</param>
    /// <param name="options">Options; null takes the defaults.</param>
    /// <param name="log">Where to log; null logs nothing.</param>
    /// <param name="cancellationToken">Given up only before the mount is made.</param>
    public static Task<FuseSession> MountAsync(
        string mountpoint,
        IFuseOperations operations,
        FuseMountOptions? options = null,
        ILogger? log = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(mountpoint);
        ArgumentNullException.ThrowIfNull(operations);
        options ??= new FuseMountOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxBackground, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaxBackground, ushort.MaxValue, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxRead ?? MinMaxRead, MinMaxRead, nameof(options));
        if ((options.Features & ~FuseMountOptions.SupportedFeatures) != 0)
        {
            throw new ArgumentException(
                $"Not supported: {options.Features & ~FuseMountOptions.SupportedFeatures}", nameof(options));
        }

        ILogger logger = log ?? NullLogger.Instance;
        return Task.Factory.StartNew(
            () => Mount(mountpoint, operations, options, logger),
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    /// <summary>
    /// Unmounts. Completes when the kernel has unmounted; see <see cref="Ended"/> for the end of the session. A lazy
    /// unmount takes the mount out of sight at once and ends it when the last file is closed. In use: fails with
    /// <see cref="FuseMountFailure.Busy"/>. May be started, but not waited for, inside a handler.
    /// </summary>
    public Task UnmountAsync(bool lazy = false) => Task.Factory.StartNew(
        () => _mount.Unmount(lazy), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>
    /// Unmounts a file system that another process serves, or whose process is gone: as root with umount2(2), otherwise
    /// through fusermount3. Blocks until the kernel is done. Throws <see cref="FuseMountException"/>.
    /// </summary>
    public static void Unmount(string mountpoint, bool lazy)
    {
        ArgumentException.ThrowIfNullOrEmpty(mountpoint);
        if (Account.IsRoot)
        {
            DirectMount.Unmount(mountpoint, lazy);
        }
        else
        {
            HelperMount.Unmount(mountpoint, lazy);
        }
    }

    /// <summary>
    /// Ends the connection at once and unmounts: whoever waits for the file system gets ECONNABORTED. False when that
    /// takes rights the process does not have.
    /// </summary>
    public Task<bool> AbortAsync() => Task.Factory.StartNew(
        Abort, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>
    /// Unmounts lazily if still mounted, and waits for the end. Where this process may not unmount (see
    /// <see cref="UnmountAsync"/>), it does not wait: the session ends with the process.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (!_transport.Completion.IsCompleted)
        {
            try
            {
                await UnmountAsync(lazy: true).ConfigureAwait(false);
            }
            catch (FuseMountException exception) when (exception.Failure == FuseMountFailure.NotMounted)
            {
                // Somebody else was faster.
            }
            catch (FuseMountException exception) when (exception.Failure == FuseMountFailure.NotPermitted)
            {
                return;
            }
        }

        await Ended.ConfigureAwait(false);
    }

    private bool Abort()
    {
        // Reading then fails as after an unmount: only fusectl's file leaves a trace of its own.
        _aborted = true;
        bool aborted = _mount.TryAbort();
        _aborted = aborted;
        return aborted;
    }

    private static FuseSession Mount(string mountpoint, IFuseOperations operations, FuseMountOptions options, ILogger log)
    {
        MountedDevice mount = Mounter.Mount(mountpoint, options);
        FuseSession session;
        try
        {
            session = new FuseSession(mount, operations, options, log);
        }
        catch
        {
            mount.Device.Dispose(); // first: nothing can wait for the file system any more
            TryUnmount(mount);
            throw;
        }

        session.Start();
        return session;
    }

    private static void TryUnmount(MountedDevice mount)
    {
        try
        {
            mount.Unmount(lazy: true);
        }
        catch (FuseMountException)
        {
            // The failure of the mount itself is what the caller must see.
        }
    }

    private void Start()
    {
        _transport.Start(Connection);
        Readahead.Set(_mount.Mountpoint, _options.ReadaheadKibibytes, _log);
        _log.Mounted(_mount.Mountpoint, Connection.Minor, Connection.Features);
        _ = EndAsync();
    }

    private async Task EndAsync()
    {
        SessionEnding ending = await _transport.Completion.ConfigureAwait(false);
        _transport.Dispose();
        await DrainAsync().ConfigureAwait(false);
        _channel.Dispose();
        Notifier.Stop();
        _pool.Close();
        try
        {
            _operations.Destroy();
        }
        catch (Exception exception)
        {
            _log.DestroyFailed(exception);
        }

        ending = _aborted && ending == SessionEnding.Unmounted ? SessionEnding.Aborted : ending;
        _log.Ended(_mount.Mountpoint, ending);
        _ended.SetResult(ending);
    }

    // Nobody waits for these answers any more, but handlers still use the buffers.
    private async Task DrainAsync()
    {
        _pool.InterruptAll();
        long start = _options.Clock.GetTimestamp();
        TimeSpan pause = TimeSpan.FromMilliseconds(5);
        while (_pool.PendingCount > 0 && _options.Clock.GetElapsedTime(start) < _options.DrainTimeout)
        {
            await Task.Delay(pause, _options.Clock).ConfigureAwait(false);
        }

        if (_pool.PendingCount is int count and > 0)
        {
            _log.Dropped(count);
        }
    }
}
