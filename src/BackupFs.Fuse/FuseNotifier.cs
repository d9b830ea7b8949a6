using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BackupFs.Fuse.Protocol;
using BackupFs.Fuse.Transport;
using Microsoft.Extensions.Logging;

namespace BackupFs.Fuse;

/// <summary>
/// Tells the kernel that what it caches is stale. Thread-safe; never waits: notifications take locks in the kernel that
/// a pending request may hold, so a thread of its own sends them, in order. Call from anywhere, also from handlers.
/// </summary>
public sealed class FuseNotifier
{
    private const uint ExpireOnlyFlag = 1; // FUSE_EXPIRE_ONLY
    private readonly IFuseChannel _channel;
    private readonly ILogger _log;
    private readonly BlockingCollection<(NotificationCode Code, byte[] Body, TaskCompletionSource? Sent)> _queue = [];
    private readonly Thread _thread;
    private int _started;

    internal FuseNotifier(IFuseChannel channel, ILogger log)
    {
        _channel = channel;
        _log = log;
        _thread = new Thread(Run, 128 << 10) { IsBackground = true, Name = "fuse-notifier" };
    }

    private enum NotificationCode
    {
        None = 0,
        InvalidateInode = 2,
        InvalidateEntry = 3,
        Delete = 6,
    }

    /// <summary>Attributes of a node, and a range of its cached data, are stale.</summary>
    /// <param name="node">The node.</param>
    /// <param name="offset">Start of the range in bytes; negative: attributes only.</param>
    /// <param name="length">Length of the range; 0 or less: to the end.</param>
    public void InvalidateInode(ulong node, long offset = 0, long length = 0)
    {
        byte[] body = new byte[Unsafe.SizeOf<InvalidateInode>()];
        MemoryMarshal.Write(body, new InvalidateInode { Node = node, Offset = offset, Length = length });
        Enqueue(NotificationCode.InvalidateInode, body);
    }

    /// <summary>
    /// Attributes of a node are stale; sent before this returns, also from a handler. The kernel drops answers to requests for
    /// attributes that were begun before. The node has to be one that the request at hand keeps alive: then no lock is
    /// waited for, because no cached data is touched.
    /// </summary>
    public void InvalidateAttributesNow(ulong node)
    {
        var body = new InvalidateInode { Node = node, Offset = -1 };
        Send(NotificationCode.InvalidateInode, MemoryMarshal.AsBytes(new ReadOnlySpan<InvalidateInode>(in body)));
    }

    /// <summary>A name is stale.</summary>
    /// <param name="parent">The directory.</param>
    /// <param name="name">The name.</param>
    /// <param name="expireOnly">Look it up again at next use, without dropping what lies below.</param>
    public void InvalidateEntry(ulong parent, ReadOnlySpan<byte> name, bool expireOnly = false)
    {
        uint flags = expireOnly ? ExpireOnlyFlag : 0;
        var head = new InvalidateEntry { Parent = parent, NameLength = (uint)name.Length, Flags = flags };
        Enqueue(NotificationCode.InvalidateEntry, WithName(in head, name));
    }

    /// <summary>A name is gone; programs that watch the directory are told.</summary>
    public void Delete(ulong parent, ulong child, ReadOnlySpan<byte> name)
    {
        var head = new DeleteEntry { Parent = parent, Child = child, NameLength = (uint)name.Length };
        Enqueue(NotificationCode.Delete, WithName(in head, name));
    }

    /// <summary>Completes when everything notified before was sent. Never wait for it inside a handler.</summary>
    public Task FlushAsync()
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!TryAdd((NotificationCode.None, [], sent)))
        {
            sent.SetResult();
        }

        return sent.Task;
    }

    /// <summary>Stops the thread after what is queued; the connection must have ended, or it might wait.</summary>
    internal void Stop()
    {
        _queue.CompleteAdding();
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            _thread.Join();
        }

        _queue.Dispose();
    }

    private static byte[] WithName<T>(in T head, ReadOnlySpan<byte> name)
        where T : unmanaged
    {
        byte[] body = new byte[Unsafe.SizeOf<T>() + name.Length + 1]; // the name is followed by NUL
        MemoryMarshal.Write(body, in head);
        name.CopyTo(body.AsSpan(Unsafe.SizeOf<T>()));
        return body;
    }

    private void Enqueue(NotificationCode code, byte[] body) => TryAdd((code, body, null));

    private bool TryAdd((NotificationCode Code, byte[] Body, TaskCompletionSource? Sent) item)
    {
        try
        {
            if (!_queue.TryAdd(item))
            {
                return false;
            }

            if (Interlocked.Exchange(ref _started, 1) == 0)
            {
                _thread.Start();
            }

            return true;
        }
        catch (Exception exception) when (exception is InvalidOperationException or ObjectDisposedException)
        {
            return false; // the session is over
        }
    }

    private void Run()
    {
        foreach ((NotificationCode code, byte[] body, TaskCompletionSource? sent) in _queue.GetConsumingEnumerable())
        {
            if (code != NotificationCode.None)
            {
                Send(code, body);
            }

            sent?.SetResult();
        }
    }

    private void Send(NotificationCode code, ReadOnlySpan<byte> body)
    {
        // A notification is a reply to nobody: number 0, the code in place of the error.
        Span<byte> head = stackalloc byte[Unsafe.SizeOf<OutHeader>()];
        MemoryMarshal.Write(head, new OutHeader { Length = (uint)(head.Length + body.Length), Error = (int)code });
        Errno error = _channel.Write(head, body);
        if (error is not (Errno.None or Errno.ENOENT or Errno.ENODEV))
        {
            _log.NotificationRefused(error);
        }
    }
}
