using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BackupFs.WinFsp.Serving;

namespace BackupFs.WinFsp.Interop;

/// <summary>Callbacks for security descriptors.</summary>
internal static unsafe partial class Callbacks
{
    private static void FillSecurity(Span<nint> slots)
    {
        slots[(int)InterfaceSlot.GetSecurity] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte*, nuint*, NtStatus>)&GetSecurity;
        slots[(int)InterfaceSlot.SetSecurity] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, uint, byte*, NtStatus>)&SetSecurity;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus GetSecurity(nint fileSystem, nint context, byte* descriptor, nuint* size)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            if (!volume.Handles.TryGet(context, out WinFspHandle? handle))
            {
                return volume.NoHandle(context, nameof(GetSecurity));
            }

            WinFspResult<ReadOnlyMemory<byte>> result = Volume.Wait(volume.Operations.GetSecurity(handle));
            return result.Status.IsSuccess() ? CopyDescriptor(result.Value.Span, descriptor, size) : result.Status;
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus SetSecurity(nint fileSystem, nint context, uint parts, byte* descriptor)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            return volume.Handles.TryGet(context, out WinFspHandle? handle)
                ? Volume.Wait(volume.Operations.SetSecurity(handle, (SecurityInformation)parts, CopyDescriptor(descriptor)))
                : volume.NoHandle(context, nameof(SetSecurity));
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }
}
