using System.Buffers;

namespace BackupFs.WinFsp.Interop;

/// <summary>
/// Memory of the driver as managed memory. It is mapped into this process until the request is answered; once this is disposed,
/// whoever kept the managed memory gets an exception instead of access to whatever is there by then.
/// </summary>
internal sealed unsafe class NativeBuffer(byte* address, int length) : MemoryManager<byte>
{
    private volatile bool _disposed;

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        // SAFETY: the driver maps the buffer until the request is answered, which happens after this was disposed.
        return new Span<byte>(address, length);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)length, nameof(elementIndex));
        // SAFETY: the index is inside the buffer, which does not move.
        return new MemoryHandle(address + elementIndex);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing) => _disposed = true;
}
