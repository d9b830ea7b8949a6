using System.Buffers;
using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Interop;

/// <summary>
/// Page-aligned memory of the operating system, outside the managed heap. Nothing of it is resident until it is
/// touched. Reachable memory handed out keeps it alive; it is unmapped when disposed, or else when collected.
/// </summary>
internal sealed unsafe class PageBuffer : MemoryManager<byte>
{
    private readonly Region _region;
    private readonly int _length;

    internal PageBuffer(int length)
    {
        _region = new Region(length);
        _length = length;
    }

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_region.IsClosed, this);
        // SAFETY: the region is mapped for _length bytes until it is disposed, which its owner does only when no request uses it.
        return new Span<byte>(_region.Address, _length);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length, nameof(elementIndex));
        bool added = false;
        _region.DangerousAddRef(ref added);
        // SAFETY: the index is inside the region, and the reference just added keeps it mapped until Unpin.
        return new MemoryHandle(_region.Address + elementIndex, pinnable: this);
    }

    public override void Unpin() => _region.DangerousRelease();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _region.Dispose();
        }
    }

    private sealed class Region : SafeHandle
    {
        private const int ReadWrite = 3; // PROT_READ | PROT_WRITE
        private const int PrivateAnonymous = 0x22 | 0x4000; // MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        private readonly nuint _length;

        internal Region(int length)
            : base(-1, ownsHandle: true)
        {
            _length = (nuint)length;
            // SAFETY: an anonymous mapping at an address of the kernel's choice touches no memory of ours.
            byte* address = Libc.mmap(null, _length, ReadWrite, PrivateAnonymous, -1, 0);
            if ((nint)address == -1)
            {
                throw new InsufficientMemoryException("No memory for a request buffer.");
            }

            SetHandle((nint)address);
        }

        public override bool IsInvalid => handle == -1;

        internal byte* Address => (byte*)handle;

        // SAFETY: the handle is the address of a mapping of _length bytes made by the constructor, released once.
        protected override bool ReleaseHandle() => Libc.munmap((void*)handle, _length) == 0;
    }
}
