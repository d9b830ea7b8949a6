using System.Security.Cryptography;
using System.Text;
using BackupFs.Fuse.Interop;
using Microsoft.Extensions.Logging;

namespace BackupFs.Fuse.Processes;

/// <summary>
/// Reads, on a thread of its own, what watched processes are: a command line is read through the process's memory, and the
/// links wait for an exec, so neither may be read where a request is answered. Looks again at growing intervals, because a shell's
/// child opens its file before it becomes the program that writes it. Thread-safe.
/// </summary>
internal sealed class IdentityReader : IDisposable
{
    private const int CommandLineLimit = 4 << 20; // bytes; twice what the kernel passes to a program by default
    private const int FullCommLength = 15; // the kernel cuts longer names

    private static readonly TimeSpan[] Intervals =
    [
        TimeSpan.Zero, TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(50),
        TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5),
    ];

    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(100);

    private readonly PriorityQueue<(WatchedProcess Process, int Look), long> _due = new();
    private readonly object _gate = new();
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private bool _stopping;

    internal IdentityReader(TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
        _thread = new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "process identities" };
        _thread.Start();
    }

    /// <summary>Looks at a process now and some times later; waits for the first look, but not longer than the limit.</summary>
    internal void Follow(WatchedProcess process, TimeSpan limit)
    {
        long start = _time.GetTimestamp();
        lock (_gate)
        {
            _due.Enqueue((process, 0), start);
            Monitor.PulseAll(_gate);
            while (process.LastLook == 0 && !_stopping)
            {
                TimeSpan left = limit - _time.GetElapsedTime(start);
                if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, left))
                {
                    return;
                }
            }
        }
    }

    /// <summary>The process was seen again: looks once more, soon, unless it did a moment ago. Allocates nothing to speak of.</summary>
    internal void LookAgain(WatchedProcess process)
    {
        long now = _time.GetTimestamp();
        if (process.LastLook == 0 || _time.GetElapsedTime(process.LastLook, now) < LookAgainAfter)
        {
            return;
        }

        lock (_gate)
        {
            process.LastLook = now; // so that only one is queued
            _due.Enqueue((process, Intervals.Length), now);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends the thread; waits for a look that is under way for a second at most.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        _ = _thread.Join(TimeSpan.FromSeconds(1));
    }

    private void Run()
    {
        while (Next() is var (process, look) && process is not null)
        {
            try
            {
                Look(process);
            }
            catch (Exception exception)
            {
                ProcessWatcherLog.Unexpected(_logger, exception);
            }

            long now = _time.GetTimestamp();
            lock (_gate)
            {
                process.LastLook = now;
                if (look + 1 < Intervals.Length && process.Ending is null)
                {
                    _due.Enqueue((process, look + 1), now + Ticks(Intervals[look + 1]));
                }

                Monitor.PulseAll(_gate);
            }
        }
    }

    private (WatchedProcess? Process, int Look) Next()
    {
        lock (_gate)
        {
            while (!_stopping)
            {
                if (!_due.TryPeek(out _, out long due))
                {
                    _ = Monitor.Wait(_gate);
                    continue;
                }

                TimeSpan left = _time.GetElapsedTime(_time.GetTimestamp(), due);
                if (left <= TimeSpan.Zero)
                {
                    return _due.Dequeue();
                }

                _ = Monitor.Wait(_gate, left + TimeSpan.FromMilliseconds(1));
            }

            return (null, 0);
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    private static void Look(WatchedProcess process)
    {
        if (process.Descriptor.IsEnded)
        {
            return;
        }

        // An empty command line: in the middle of an exec, or dying. The links would block in the first case, so not now.
        using IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (ProcessFile.Digest(process.ProcessId, "cmdline"u8, digest, CommandLineLimit) <= 0)
        {
            return;
        }

        string? comm = ProcessStatus.NameOf(process.ProcessId);
        Span<byte> link = stackalloc byte[4096];
        int directory = ProcessFile.ReadLink(process.ProcessId, "cwd"u8, link);
        digest.AppendData([0]);
        digest.AppendData(link[..Math.Max(directory, 0)]);
        int executable = ProcessFile.ReadLink(process.ProcessId, "exe"u8, link);
        digest.AppendData([0]);
        digest.AppendData(link[..Math.Max(executable, 0)]);

        // Ended, and perhaps another has its number: what was read may be that one's.
        if (comm is null || process.Descriptor.IsEnded)
        {
            return;
        }

        // Another user's links cannot be read; a digest without them would take different commands for the same.
        string? hex = directory > 0 && executable > 0 ? Convert.ToHexStringLower(digest.GetHashAndReset()) : null;
        process.Identity = new ProcessIdentity(comm, InFull(comm, link[..Math.Max(executable, 0)]), hex);
    }

    private static string InFull(string comm, ReadOnlySpan<byte> executable)
    {
        string name = Encoding.UTF8.GetString(executable[(executable.LastIndexOf((byte)'/') + 1)..]);
        return comm.Length >= FullCommLength && name.StartsWith(comm, StringComparison.Ordinal) ? name : comm;
    }
}
