using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BackupFs.WinFsp.Layout;
using BackupFs.WinFsp.Serving;

namespace BackupFs.WinFsp.Interop;

/// <summary>Callbacks that not every volume has: control codes and extended attributes.</summary>
internal static unsafe partial class Callbacks
{
    private static void FillControl(Span<nint> slots) => slots[(int)InterfaceSlot.Control] =
        (nint)(delegate* unmanaged[Cdecl]<nint, nint, uint, byte*, uint, byte*, uint, uint*, NtStatus>)&Control;

    private static void FillExtendedAttributes(Span<nint> slots)
    {
        slots[(int)InterfaceSlot.GetEa] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte*, uint, uint*, NtStatus>)&GetEa;
        slots[(int)InterfaceSlot.SetEa] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte*, uint, WinFspFileInfo*, NtStatus>)&SetEa;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus Control(
        nint fileSystem, nint context, uint code, byte* input, uint inputLength, byte* output, uint outputLength, uint* transferred)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            *transferred = 0;
            if (!volume.Handles.TryGet(context, out WinFspHandle? handle))
            {
                return volume.NoHandle(context, nameof(Control));
            }

            WinFspResult<ReadOnlyMemory<byte>> result =
                Volume.Wait(volume.Operations.Control(handle, code, Copy(input, inputLength), checked((int)outputLength)));
            return result.Status.IsSuccess() ? Answer(result.Value.Span, output, outputLength, transferred) : result.Status;
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus GetEa(nint fileSystem, nint context, byte* list, uint length, uint* transferred)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            if (!volume.Handles.TryGet(context, out WinFspHandle? handle))
            {
                return volume.NoHandle(context, nameof(GetEa));
            }

            WinFspResult<WinFspExtendedAttribute[]> result = Volume.Wait(volume.Operations.GetExtendedAttributes(handle));
            if (!result.Status.IsSuccess())
            {
                return result.Status;
            }

            int size = ExtendedAttributeList.Write(result.Value!, new Span<byte>(list, checked((int)length)));
            if (size > length)
            {
                return NtStatus.BufferOverflow;
            }

            *transferred = (uint)size;
            return NtStatus.Success;
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus SetEa(nint fileSystem, nint context, byte* list, uint length, WinFspFileInfo* info)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            if (!volume.Handles.TryGet(context, out WinFspHandle? handle))
            {
                return volume.NoHandle(context, nameof(SetEa));
            }

            return TryReadAttributes(list, length, out IReadOnlyList<WinFspExtendedAttribute> attributes)
                ? Answer(Volume.Wait(volume.Operations.SetExtendedAttributes(handle, attributes)), info)
                : NtStatus.EaListInconsistent;
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    private static NtStatus Answer(ReadOnlySpan<byte> data, byte* output, uint room, uint* transferred)
    {
        if ((uint)data.Length > room)
        {
            return NtStatus.BufferOverflow;
        }

        data.CopyTo(new Span<byte>(output, data.Length));
        *transferred = (uint)data.Length;
        return NtStatus.Success;
    }
}
