using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BackupFs.Fuse.Interop;
using BackupFs.Fuse.Protocol;
using BackupFs.Fuse.Transport;

namespace BackupFs.Fuse.Serving;

/// <summary>
/// The reusable half of a request: its buffers, its header, and the state that makes sure of exactly one reply. A
/// <see cref="FuseRequest"/> is a slot and a ticket; a slot used again has another ticket, so that a late second
/// reply can never answer somebody else's request.
/// </summary>
/// <remarks>
/// One buffer holds everything: the reply head at 0; the request from 4016, so that the data of a WRITE begins on a
/// page; the reply data from 64 KiB, beyond any request but WRITE and SETXATTR, which have none. A slot has two
/// holders, the thread that runs the handler and the reply; when both are done it can be used again.
/// </remarks>
internal sealed class RequestSlot : IDisposable
{
    internal const int MaxData = 1 << 20;
    internal const int BufferLength = MaxData + (64 << 10);
    internal const int PayloadOffset = 4096;
    private const int ReceiveOffset = PayloadOffset - 80; // in header 40 + write_in 40
    private const int ReplyDataOffset = 64 << 10;
    private const int HeadLength = 512;

    private readonly Lock _gate = new();
    private readonly RequestPool _pool;
    private readonly PageBuffer _buffer = new(BufferLength);
    private long _ticket; // odd: waiting for its reply; even: free or replied
    private int _holders;
    private bool _interrupted;
    private CancellationTokenSource? _interruption;
    private IFuseChannel _channel = ClosedChannel.Instance;

    internal RequestSlot(RequestPool pool)
    {
        _pool = pool;
    }

    /// <summary>Header of the request; valid from <see cref="Begin"/> until the slot is used again.</summary>
    internal InHeader Header { get; private set; }

    /// <summary>Where a transport reads a request to.</summary>
    internal Span<byte> ReceiveBuffer => _buffer.GetSpan()[ReceiveOffset..];

    /// <summary>Bytes the caller has room for, for operations that say so; limits the reply data.</summary>
    internal int ReplyCapacity { get; set; }

    /// <summary>Where reply data can be put so that no copy is needed; empty for WRITE and SETXATTR.</summary>
    internal Memory<byte> ReplyBuffer => Header.Opcode is FuseOpcode.Write or FuseOpcode.Setxattr
        ? Memory<byte>.Empty
        : _buffer.Memory.Slice(ReplyDataOffset, MaxData);

    /// <summary>The ticket of the request now in the slot.</summary>
    internal long Ticket => Volatile.Read(ref _ticket);

    /// <summary>Whether the request now in the slot waits for its reply.</summary>
    internal bool IsPending => (Ticket & 1) == 1;

    /// <summary>Data of a WRITE: valid until the reply.</summary>
    internal ReadOnlyMemory<byte> Payload(int length) => _buffer.Memory.Slice(PayloadOffset, length);

    /// <summary>The request was read: opens the slot for one reply.</summary>
    internal long Begin(in InHeader header, IFuseChannel channel)
    {
        lock (_gate)
        {
            Debug.Assert(!IsPending && Volatile.Read(ref _holders) == 0, "A slot in use was used again.");
            Header = header;
            _channel = channel;
            _interrupted = false;
            _interruption = null;
            ReplyCapacity = MaxData;
            _holders = 2;
            return ++_ticket;
        }
    }

    /// <summary>Whether a ticket is of the request now in the slot, replied or not.</summary>
    internal bool IsCurrent(long ticket)
    {
        long now = Ticket;
        return now == ticket || now == ticket + 1;
    }

    /// <summary>Takes the right to reply; false when it was taken before.</summary>
    internal bool TryClaim(long ticket) => Interlocked.CompareExchange(ref _ticket, ticket + 1, ticket) == ticket;

    /// <summary>Replies with an error. The right to reply must have been claimed.</summary>
    internal bool SendError(Errno error) => Send(error, 0, default);

    /// <summary>Replies with a structure. The right to reply must have been claimed.</summary>
    internal bool Send<T>(in T body)
        where T : unmanaged
    {
        MemoryMarshal.Write(Head[Unsafe.SizeOf<OutHeader>()..], in body);
        return Send(Errno.None, Unsafe.SizeOf<T>(), default);
    }

    /// <summary>Replies with data. The right to reply must have been claimed.</summary>
    internal bool SendData(ReadOnlySpan<byte> data) => Send(Errno.None, 0, data);

    /// <summary>Ends a request that has no reply. The right to reply must have been claimed.</summary>
    internal void EndWithoutReply() => ReleaseAfterReply();

    /// <summary>The handler returned; true when the slot can be used again by the caller.</summary>
    internal bool ReleaseAfterHandler() => Interlocked.Decrement(ref _holders) == 0;

    /// <summary>Tells a pending request that its caller was interrupted; false when the slot holds another request.</summary>
    internal bool TryInterrupt(ulong unique)
    {
        lock (_gate)
        {
            if (!IsPending || Header.Unique != unique)
            {
                return false;
            }

            InterruptLocked();
            return true;
        }
    }

    /// <summary>Interrupts whatever is pending here; at the end of the session.</summary>
    internal void InterruptIfPending()
    {
        lock (_gate)
        {
            if (IsPending)
            {
                InterruptLocked();
            }
        }
    }

    /// <summary>The token of the request with that ticket; made on first use.</summary>
    internal CancellationToken InterruptionToken(long ticket)
    {
        lock (_gate)
        {
            if (Ticket != ticket)
            {
                return new CancellationToken(canceled: true); // answered: nothing is left to do for it
            }

            if (_interruption is null)
            {
                _interruption = new CancellationTokenSource();
                if (_interrupted)
                {
                    _interruption.Cancel();
                }
            }

            return _interruption.Token;
        }
    }

    /// <summary>Whether the request with that ticket is pending and was interrupted.</summary>
    internal bool IsInterrupted(long ticket)
    {
        lock (_gate)
        {
            return Ticket == ticket && _interrupted;
        }
    }

    public void Dispose() => ((IDisposable)_buffer).Dispose();

    private Span<byte> Head => _buffer.GetSpan()[..HeadLength];

    private void InterruptLocked()
    {
        _interrupted = true;
        // Callbacks run on the thread pool: they belong to the handler and may take long.
        _ = _interruption?.CancelAsync();
    }

    private bool Send(Errno error, int bodyLength, ReadOnlySpan<byte> data)
    {
        ulong unique = Header.Unique;
        int headLength = Unsafe.SizeOf<OutHeader>() + bodyLength;
        Span<byte> head = Head;
        var header = new OutHeader { Length = (uint)(headLength + data.Length), Error = -(int)error, Unique = unique };
        MemoryMarshal.Write(head, in header);
        Errno result = _channel.Write(head[..headLength], data);
        if (result is not (Errno.None or Errno.ENOENT or Errno.ENODEV))
        {
            _pool.Log.ReplyRefused(Header.Opcode, unique, result);
        }

        ReleaseAfterReply();
        return result == Errno.None;
    }

    private void ReleaseAfterReply()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            _pool.Return(this);
        }
    }
}
