using BackupFs.Fuse.Interop;
using BackupFs.Fuse.Serving;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.Fuse.Transport;

/// <summary>
/// The classic transport: threads that block in read(2) on /dev/fuse and run the handler themselves, one per CPU,
/// each on a CPU and a descriptor of its own; more for a while when all are busy.
/// </summary>
internal sealed class DeviceTransport : IFuseTransport
{
    private const int MaxDefaultReaders = 16;
    private const int StackSize = 1 << 20;

    private readonly Lock _gate = new();
    private readonly DeviceChannel _first;
    private readonly RequestDispatcher _dispatcher;
    private readonly RequestPool _pool;
    private readonly FuseMountOptions _options;
    private readonly ILogger _log;
    private readonly BusyMonitor _monitor;
    private readonly List<DeviceChannel> _clones = [];
    private readonly List<Thread> _threads = [];
    private readonly TaskCompletionSource<SessionEnding> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DeviceChannel? _spareChannel;
    private SessionEnding? _ending;
    private int _running;
    private int _spares;

    internal DeviceTransport(
        DeviceChannel first, RequestDispatcher dispatcher, RequestPool pool, FuseMountOptions options, ILogger log)
    {
        _first = first;
        _dispatcher = dispatcher;
        _pool = pool;
        _options = options;
        _log = log;
        _monitor = new BusyMonitor(options.Clock, options.SpareReaderDelay, TryStartSpare);
    }

    public Task<SessionEnding> Completion => _completion.Task;

    /// <summary>Readers running now, spare ones included.</summary>
    public int ReaderCount => Volatile.Read(ref _running);

    public void Start(FuseConnectionInfo connection)
    {
        _dispatcher.Features = connection.Features;
        IReadOnlyList<int> cpus = CpuAffinity.OfProcess();
        int count = _options.Readers > 0 ? _options.Readers : Math.Clamp(cpus.Count, 1, MaxDefaultReaders);
        lock (_gate)
        {
            for (int index = 0; index < count; index++)
            {
                int? cpu = _options.PinReaders && cpus.Count > 0 ? cpus[index % cpus.Count] : null;
                DeviceChannel channel = index == 0 ? _first : Clone() ?? _first;
                StartThread($"fuse-reader-{index}", () => Read(channel, cpu));
            }
        }

        _monitor.Start();
    }

    /// <summary>Waits for the threads and closes what was opened; call when <see cref="Completion"/> is done.</summary>
    public void Dispose()
    {
        _monitor.Dispose();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        foreach (DeviceChannel clone in _clones)
        {
            clone.Dispose();
        }
    }

    private DeviceChannel? Clone()
    {
        if (!FuseDevice.TryClone(_first.Device, out SafeFileHandle? device, out Errno error))
        {
            _log.CloneFailed(error);
            return null;
        }

        var channel = new DeviceChannel(device);
        _clones.Add(channel);
        return channel;
    }

    private void StartThread(string name, Action body)
    {
        _running++;
        _monitor.ReaderStarted();
        var thread = new Thread(() => RunReader(body), StackSize) { IsBackground = true, Name = name };
        _threads.RemoveAll(ended => !ended.IsAlive);
        thread.Start();
        _threads.Add(thread);
    }

    private void RunReader(Action body)
    {
        try
        {
            body();
        }
        catch (Exception exception)
        {
            // Nothing may escape: it would end the process. The other readers go on.
            _log.ReaderFailed(exception);
        }

        _monitor.ReaderStopped();
        lock (_gate)
        {
            if (--_running == 0)
            {
                _completion.TrySetResult(_ending ?? SessionEnding.Failed);
            }
        }
    }

    private void Read(DeviceChannel channel, int? cpu)
    {
        if (cpu is int number)
        {
            CpuAffinity.TryPinCurrentThread(number);
        }

        RequestSlot? slot = _pool.Rent();
        while (slot is not null && ReadOne(channel, ref slot))
        {
        }

        if (slot is not null)
        {
            _pool.Return(slot);
        }
    }

    // One round: false when the connection ended. The slot becomes null when the session ends while waiting for one.
    private bool ReadOne(DeviceChannel channel, ref RequestSlot? slot)
    {
        int received = channel.Read(slot!.ReceiveBuffer, out Errno error);
        if (received < 0)
        {
            return error switch
            {
                // ENOENT: the request was interrupted before it was read.
                Errno.ENOENT or Errno.EINTR or Errno.EAGAIN => true,
                Errno.ENODEV => End(SessionEnding.Unmounted),
                Errno.ECONNABORTED => End(SessionEnding.Aborted),
                _ => Fail(error),
            };
        }

        _monitor.Enter();
        try
        {
            if (!_dispatcher.Dispatch(slot, received, channel))
            {
                slot = null; // in case Rent throws: the slot is not ours any more
                slot = _pool.Rent();
            }
        }
        finally
        {
            _monitor.Leave();
        }

        return slot is not null;
    }

    private bool End(SessionEnding ending)
    {
        lock (_gate)
        {
            // A read under way when the connection ends can fail with ECONNABORTED although nobody aborted it; after an
            // abort, no read fails with ENODEV. So one that does decides.
            if (_ending is null || ending == SessionEnding.Unmounted)
            {
                _ending = ending;
            }
        }

        _pool.StopRenting();
        return false;
    }

    // Only this reader stops. Should it be the last, its descriptors are closed, which ends the connection.
    private bool Fail(Errno error)
    {
        _log.ReadFailed(error);
        return false;
    }

    private bool TryStartSpare()
    {
        lock (_gate)
        {
            if (_ending is not null || _running == 0 || _spares >= _options.MaxSpareReaders)
            {
                return false;
            }

            if (_spareChannel is null)
            {
                // Spare readers wait with a time limit, which needs reads that do not block.
                DeviceChannel? clone = Clone();
                _spareChannel = clone is not null && FuseDevice.TrySetNonBlocking(clone.Device) ? clone : _first;
            }

            _spares++;
            _log.SpareStarted(_spares);
            StartThread("fuse-spare", ReadSpare);
            return true;
        }
    }

    private void ReadSpare()
    {
        int idle = (int)_options.SpareReaderIdle.TotalMilliseconds;
        RequestSlot? slot = null;
        try
        {
            slot = _pool.Rent();
            while (slot is not null
                && FuseDevice.WaitReadable(_spareChannel!.Device, idle)
                && ReadOne(_spareChannel, ref slot)
                && _monitor.SinceSaturated < _options.SpareReaderIdle)
            {
            }
        }
        finally
        {
            if (slot is not null)
            {
                _pool.Return(slot);
            }

            lock (_gate)
            {
                _spares--;
            }
        }
    }
}
