using System.Runtime.InteropServices;

namespace BackupFs.WinFsp.Interop;

/// <summary>
/// FSP_FILE_SYSTEM_INTERFACE: 64 function pointers in native memory, 0 for what the volume does not have. WinFsp reads it as long as the file
/// system exists: to be disposed after that.
/// </summary>
internal sealed unsafe class InterfaceTable : IDisposable
{
    internal const int Slots = 64;
    private void** _slots;

    internal InterfaceTable(WinFspVolumeOptions options)
    {
        // SAFETY: room for all slots, cleared: what is not set below is null.
        _slots = (void**)NativeMemory.AllocZeroed(Slots, (nuint)sizeof(void*));
        Callbacks.Fill(new Span<nint>(_slots, Slots), options);
    }

    internal nint Address => (nint)_slots;

    public void Dispose()
    {
        NativeMemory.Free(_slots);
        _slots = null;
    }
}
