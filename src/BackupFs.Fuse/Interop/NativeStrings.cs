using System.Runtime.InteropServices;

namespace BackupFs.Fuse.Interop;

/// <summary>An array of C strings ended by null, as for argv and environ.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly int _count;

    internal NativeStrings(IEnumerable<string> values)
    {
        string[] all = [.. values];
        _count = all.Length;
        // SAFETY: room for every pointer and the null after them, which AllocZeroed provides.
        Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
        for (int index = 0; index < _count; index++)
        {
            Pointer[index] = (byte*)Marshal.StringToCoTaskMemUTF8(all[index]);
        }
    }

    internal byte** Pointer { get; }

    public void Dispose()
    {
        // SAFETY: each pointer was allocated by the constructor and is freed once.
        for (int index = 0; index < _count; index++)
        {
            Marshal.FreeCoTaskMem((nint)Pointer[index]);
        }

        NativeMemory.Free(Pointer);
    }
}
