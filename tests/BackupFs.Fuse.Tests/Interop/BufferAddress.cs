using System.Buffers;

namespace BackupFs.Fuse.Tests.Interop;

/// <summary>Where memory lies.</summary>
internal static class BufferAddress
{
    internal static unsafe long Of(ReadOnlyMemory<byte> memory)
    {
        using MemoryHandle pin = memory.Pin();
        // SAFETY: the address is taken as a number, never followed.
        return (long)pin.Pointer;
    }
}
