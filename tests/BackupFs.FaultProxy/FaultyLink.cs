using System.Net.Sockets;

namespace BackupFs.FaultProxy;

/// <summary>One direction of a connection: passes bytes on, as the faults let it. Not thread-safe.</summary>
internal sealed class FaultyLink(ProxyConnection connection, FlowDirection direction, Func<Socket> destination)
{
    private readonly Dictionary<ByteFault, long> _starts = [];
    private readonly TransportFaults[] _faults = [connection.AllFaults, connection.Faults];

    /// <summary>Bytes passed on.</summary>
    internal long Passed { get; private set; }

    /// <summary>Passes bytes on; returns when the socket has taken them.</summary>
    /// <exception cref="ConnectionEndedException">A fault has ended the connection.</exception>
    internal async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (connection.TakeTurn(direction))
        {
            var delay = _faults[0].Delay + _faults[1].Delay;
            if (delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, cancellationToken).ConfigureAwait(false);
            }
        }

        while (!bytes.IsEmpty)
        {
            await WhileStalled(cancellationToken).ConfigureAwait(false);
            var rate = Math.Min(_faults[0].BytesPerSecond, _faults[1].BytesPerSecond);
            var reached = FindNext(out var room);
            var length = (int)Math.Min(bytes.Length, Math.Min(room, Math.Max(1, rate / 20)));
            for (var sent = 0; sent < length;)
            {
                sent += await destination().SendAsync(bytes[sent..length], cancellationToken).ConfigureAwait(false);
            }

            Passed += length;
            bytes = bytes[length..];
            if (rate < long.MaxValue)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)length / rate), cancellationToken).ConfigureAwait(false);
            }

            if (reached is not null && length == room && reached.TryHit())
            {
                await connection.EndAsync(reached.End, () => IsPresent(reached), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask WhileStalled(CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = Task.WhenAny(_faults[0].Changed, _faults[1].Changed);
            if (!_faults[0].IsBlackHole && !_faults[1].IsBlackHole)
            {
                return;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The fault that strikes first, and how many bytes pass until then.</summary>
    private ByteFault? FindNext(out long room)
    {
        room = long.MaxValue;
        ByteFault? next = null;
        foreach (var faults in _faults)
        {
            foreach (var fault in faults.ByteFaults)
            {
                if (fault.Direction != direction || fault.IsSpent)
                {
                    continue;
                }

                if (!_starts.TryGetValue(fault, out var start))
                {
                    start = Passed;
                    _starts.Add(fault, start);
                }

                var left = start + fault.After - Passed;
                if (left >= 0 && left < room)
                {
                    (room, next) = (left, fault);
                }
            }
        }

        return next;
    }

    private bool IsPresent(ByteFault fault) => Array.Exists(_faults, faults => faults.ByteFaults.Contains(fault));
}
