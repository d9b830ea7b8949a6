using System.Runtime.InteropServices;

namespace BackupFs.WinFsp.Driver;

/// <summary>Native memory with a pattern around it, so that writing beyond it is noticed when it is disposed.</summary>
internal sealed unsafe class GuardedMemory : IDisposable
{
    private const int Guard = 64;
    private const byte Pattern = 0xA5;
    private readonly int _length;
    private byte* _start;

    internal GuardedMemory(int length)
    {
        _length = length;
        _start = (byte*)NativeMemory.Alloc((nuint)(length + (2 * Guard)));
        new Span<byte>(_start, length + (2 * Guard)).Fill(Pattern);
    }

    internal GuardedMemory(ReadOnlySpan<byte> content)
        : this(content.Length) => content.CopyTo(Span);

    internal byte* Address => _start + Guard;

    internal Span<byte> Span => new(Address, _length);

    /// <summary>Whether all of it still has the pattern that it began with.</summary>
    internal bool IsUntouched => Span.IndexOfAnyExcept(Pattern) < 0;

    public void Dispose()
    {
        bool intact = new Span<byte>(_start, Guard).IndexOfAnyExcept(Pattern) < 0
            && new Span<byte>(Address + _length, Guard).IndexOfAnyExcept(Pattern) < 0;
        NativeMemory.Free(_start);
        _start = null;
        if (!intact)
        {
            throw new InvalidOperationException("The file system wrote beyond the buffer it was given.");
        }
    }
}
