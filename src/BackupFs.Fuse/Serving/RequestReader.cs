using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Serving;

/// <summary>Reads the arguments of a request, front to back, never beyond its end.</summary>
internal ref struct RequestReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    /// <summary>What was not read yet.</summary>
    internal readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Reads a structure; false when the request is too short.</summary>
    internal bool TryRead<T>(out T value)
        where T : unmanaged
    {
        if (!MemoryMarshal.TryRead(_rest, out value))
        {
            return false;
        }

        _rest = _rest[Unsafe.SizeOf<T>()..];
        return true;
    }

    /// <summary>Reads a structure of which older kernels send only the first bytes; the rest is zero.</summary>
    internal bool TryReadPrefix<T>(int length, out T value)
        where T : unmanaged
    {
        value = default;
        if (_rest.Length < length)
        {
            return false;
        }

        _rest[..length].CopyTo(MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref value, 1)));
        _rest = _rest[length..];
        return true;
    }

    /// <summary>Reads a name: not empty, ended by NUL, without a slash.</summary>
    internal bool TryReadName(out ReadOnlySpan<byte> name) =>
        TryReadText(out name) && !name.IsEmpty && !name.Contains((byte)'/');

    /// <summary>Reads bytes ended by NUL.</summary>
    internal bool TryReadText(out ReadOnlySpan<byte> text)
    {
        int end = _rest.IndexOf((byte)0);
        if (end < 0)
        {
            text = default;
            return false;
        }

        text = _rest[..end];
        _rest = _rest[(end + 1)..];
        return true;
    }

    /// <summary>Reads a given number of bytes.</summary>
    internal bool TryReadBytes(uint length, out ReadOnlySpan<byte> bytes)
    {
        if (length > (uint)_rest.Length)
        {
            bytes = default;
            return false;
        }

        bytes = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return true;
    }
}
