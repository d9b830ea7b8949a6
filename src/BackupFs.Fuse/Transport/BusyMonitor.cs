namespace BackupFs.Fuse.Transport;

/// <summary>
/// Notices when every reader has been inside a handler for a while, and has one more started, so that FORGET,
/// INTERRUPT and quick requests never wait behind slow ones. Its thread sleeps unless readers are all busy.
/// </summary>
internal sealed class BusyMonitor : IDisposable
{
    private const int QuietRounds = 20;
    private readonly object _gate = new();
    private readonly TimeProvider _clock;
    private readonly TimeSpan _delay;
    private readonly Func<bool> _startSpare;
    private readonly Thread _thread;
    private int _readers;
    private int _busy;
    private long _saturatedSince;
    private volatile bool _awake;
    private volatile bool _stopped;

    /// <param name="clock">Clock for the delay.</param>
    /// <param name="delay">How long all readers must be busy.</param>
    /// <param name="startSpare">Starts a reader; false when there may not be more.</param>
    internal BusyMonitor(TimeProvider clock, TimeSpan delay, Func<bool> startSpare)
    {
        _clock = clock;
        _delay = delay;
        _startSpare = startSpare;
        _saturatedSince = clock.GetTimestamp();
        _thread = new Thread(Run, 128 << 10) { IsBackground = true, Name = "fuse-monitor" };
    }

    internal void Start() => _thread.Start();

    internal void ReaderStarted() => Interlocked.Increment(ref _readers);

    internal void ReaderStopped() => Interlocked.Decrement(ref _readers);

    /// <summary>A reader begins to handle a request.</summary>
    internal void Enter()
    {
        if (Interlocked.Increment(ref _busy) >= Volatile.Read(ref _readers))
        {
            Volatile.Write(ref _saturatedSince, _clock.GetTimestamp());
            if (!_awake)
            {
                lock (_gate)
                {
                    _awake = true;
                    Monitor.Pulse(_gate);
                }
            }
        }
    }

    /// <summary>A reader goes back to reading.</summary>
    internal void Leave() => Interlocked.Decrement(ref _busy);

    /// <summary>How long ago all readers were busy last.</summary>
    internal TimeSpan SinceSaturated => IsSaturated ? TimeSpan.Zero : _clock.GetElapsedTime(Volatile.Read(ref _saturatedSince));

    /// <summary>Stops the thread and waits for it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.Pulse(_gate);
        }

        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted))
        {
            return;
        }

        _thread.Join();
    }

    private bool IsSaturated => Volatile.Read(ref _busy) >= Volatile.Read(ref _readers);

    private void Run()
    {
        TimeSpan round = TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, _delay.Ticks / 2));
        while (!_stopped)
        {
            lock (_gate)
            {
                while (!_stopped && !_awake)
                {
                    Monitor.Wait(_gate);
                }
            }

            for (int quiet = 0; quiet < QuietRounds && !_stopped; quiet++)
            {
                lock (_gate)
                {
                    if (!_stopped)
                    {
                        Monitor.Wait(_gate, round);
                    }
                }

                if (IsStuck && !_stopped && _startSpare())
                {
                    quiet = 0;
                }
            }

            _awake = false;
            // Readers that filled up just now saw the flag set and did not wake this thread.
            Interlocked.MemoryBarrier();
            if (IsSaturated)
            {
                _awake = true;
            }
        }
    }

    private bool IsStuck => IsSaturated && _clock.GetElapsedTime(Volatile.Read(ref _saturatedSince)) >= _delay;
}
