using BackupFs.Fuse.Protocol;
using BackupFs.Fuse.Serving;

namespace BackupFs.Fuse;

/// <summary>
/// One request of the kernel: who asks, and the one reply. A small value, free to copy and to keep until the reply.
/// Thread-safe; the reply may come from any thread.
/// </summary>
/// <remarks>
/// Exactly one Reply method must be called; a second call throws <see cref="InvalidOperationException"/>, also long
/// after. A Reply method returns false when nobody takes the answer any more (the caller was interrupted, or the
/// session ended): lookups that were counted for it must then be uncounted, a file that was opened must be closed.
/// The buffers belong to the request until the reply.
/// </remarks>
public readonly partial struct FuseRequest
{
    private readonly RequestSlot _slot;
    private readonly long _ticket;

    internal FuseRequest(RequestSlot slot, long ticket)
    {
        _slot = slot;
        _ticket = ticket;
    }

    /// <summary>Number of the request on its connection.</summary>
    public ulong Unique => Header.Unique;

    /// <summary>The operation.</summary>
    public FuseOpcode Opcode => Header.Opcode;

    /// <summary>The node the request is about; the directory where there is a name.</summary>
    public ulong Node => Header.Node;

    /// <summary>Effective user id of the caller (fsuid).</summary>
    public uint UserId => Header.UserId;

    /// <summary>Effective group id of the caller (fsgid).</summary>
    public uint GroupId => Header.GroupId;

    /// <summary>
    /// THREAD id of the caller, in the pid namespace of the mount; 0 when it has none there, or nobody in particular
    /// asks (RELEASE, read-ahead, writes of mapped pages).
    /// </summary>
    public int ProcessId => (int)Header.ProcessId;

    /// <summary>
    /// Cancelled when the caller got a signal while it waits, or the session ended. It may stop a wait, never undo
    /// what was done; the request must still be answered (EINTR). Made on first use; callbacks run on the thread pool.
    /// Read-ahead, and reads that go through the page cache, are background work: no signal of the reader cancels them.
    /// </summary>
    public CancellationToken Interrupted => Slot.InterruptionToken(_ticket);

    /// <summary>Whether the caller was interrupted; cheaper than the token.</summary>
    public bool IsInterrupted => Slot.IsInterrupted(_ticket);

    /// <summary>
    /// Memory of 1 MiB, aligned to pages, for data of the reply: fill it and call <see cref="ReplyData(int)"/>, and
    /// nothing is copied. Empty for WRITE and SETXATTR.
    /// </summary>
    public Memory<byte> ReplyBuffer => Slot.ReplyBuffer;

    /// <summary>A writer for the answer to READDIR or READDIRPLUS, as large as the caller asked.</summary>
    public DirectoryWriter CreateDirectoryWriter() => new(Slot.ReplyBuffer[..Slot.ReplyCapacity]);

    /// <summary>Data of a WRITE.</summary>
    internal ReadOnlyMemory<byte> Payload(int length) => Slot.Payload(length);

    /// <summary>Notes how many bytes the caller has room for, and returns it.</summary>
    internal int LimitReply(uint size) => Slot.ReplyCapacity = (int)Math.Min(size, RequestSlot.MaxData);

    /// <summary>Ends a message that is never answered.</summary>
    internal void EndWithoutReply() => Claim().EndWithoutReply();

    private InHeader Header => Slot.Header;

    private RequestSlot Slot => _slot is not null && _slot.IsCurrent(_ticket)
        ? _slot
        : throw new InvalidOperationException("The request was answered and is gone.");
}
