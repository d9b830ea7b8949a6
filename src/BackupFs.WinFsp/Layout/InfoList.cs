using System.Runtime.InteropServices;

namespace BackupFs.WinFsp.Layout;

/// <summary>
/// A list as the driver reads it: entries that begin with their size as 16 bits, each at a multiple of 8 bytes, and a size of 0
/// when nothing comes after them.
/// </summary>
internal ref struct InfoList(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    /// <summary>Bytes written.</summary>
    internal int Length { get; private set; }

    /// <summary>Room for an entry of a size, which the caller fills; false when there is none.</summary>
    internal bool TryTake(int size, out Span<byte> entry)
    {
        int padded = (size + DirectoryInfoEntry.Alignment - 1) & -DirectoryInfoEntry.Alignment;
        if (padded > _buffer.Length - Length)
        {
            entry = default;
            return false;
        }

        entry = _buffer.Slice(Length, size);
        _buffer.Slice(Length + size, padded - size).Clear();
        Length += padded;
        return true;
    }

    /// <summary>Says that this is the end; when there is no room, the driver asks once more.</summary>
    internal void End()
    {
        if (_buffer.Length - Length >= sizeof(ushort))
        {
            MemoryMarshal.Write(_buffer[Length..], (ushort)0);
            Length += sizeof(ushort);
        }
    }
}
