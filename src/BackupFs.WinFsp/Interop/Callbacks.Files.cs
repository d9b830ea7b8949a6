using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BackupFs.WinFsp.Layout;
using BackupFs.WinFsp.Serving;

namespace BackupFs.WinFsp.Interop;

/// <summary>Callbacks of open files: content, attributes, sizes.</summary>
internal static unsafe partial class Callbacks
{
    private static void FillFiles(Span<nint> slots)
    {
        slots[(int)InterfaceSlot.OverwriteEx] =
            (nint)(delegate* unmanaged[Cdecl]<nint, nint, uint, byte, ulong, byte*, uint, WinFspFileInfo*, NtStatus>)&OverwriteEx;
        slots[(int)InterfaceSlot.Read] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte*, ulong, uint, uint*, NtStatus>)&Read;
        slots[(int)InterfaceSlot.Write] =
            (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte*, ulong, uint, byte, byte, uint*, WinFspFileInfo*, NtStatus>)&Write;
        slots[(int)InterfaceSlot.Flush] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, WinFspFileInfo*, NtStatus>)&Flush;
        slots[(int)InterfaceSlot.GetFileInfo] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, WinFspFileInfo*, NtStatus>)&GetFileInfo;
        slots[(int)InterfaceSlot.SetBasicInfo] =
            (nint)(delegate* unmanaged[Cdecl]<nint, nint, uint, ulong, ulong, ulong, ulong, WinFspFileInfo*, NtStatus>)&SetBasicInfo;
        slots[(int)InterfaceSlot.SetFileSize] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong, byte, WinFspFileInfo*, NtStatus>)&SetFileSize;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus OverwriteEx(
        nint fileSystem, nint context, uint attributes, byte replace, ulong allocationSize, byte* extended, uint length, WinFspFileInfo* info)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            if (!volume.Handles.TryGet(context, out WinFspHandle? handle))
            {
                return volume.NoHandle(context, nameof(OverwriteEx));
            }

            if (!TryReadAttributes(extended, length, out IReadOnlyList<WinFspExtendedAttribute> list))
            {
                return NtStatus.EaListInconsistent;
            }

            var request = new WinFspOverwriteRequest((FileAttributes)attributes, replace != 0, allocationSize, list);
            return Answer(Volume.Wait(volume.Operations.Overwrite(handle, request)), info);
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus Read(nint fileSystem, nint context, byte* buffer, ulong offset, uint length, uint* transferred)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            if (!volume.Handles.TryGet(context, out WinFspHandle? handle))
            {
                return volume.NoHandle(context, nameof(Read));
            }

            if (length == 0)
            {
                *transferred = 0;
                return NtStatus.Success;
            }

            var request = new NativeBuffer(buffer, checked((int)length));
            ValueTask<Answer> operation = ContentRequests.ReadAsync(volume, handle, request, offset);
            return AnswerNowOrLater(fileSystem, volume, RequestKind.Read, operation, transferred);
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus Write(
        nint fileSystem,
        nint context,
        byte* buffer,
        ulong offset,
        uint length,
        byte toEnd,
        byte constrained,
        uint* transferred,
        WinFspFileInfo* info)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            if (!volume.Handles.TryGet(context, out WinFspHandle? handle))
            {
                return volume.NoHandle(context, nameof(Write));
            }

            var request = new NativeBuffer(buffer, checked((int)length));
            var where = new WinFspWriteRequest(toEnd != 0 ? 0 : offset, toEnd != 0, constrained != 0);
            ValueTask<Answer> operation = ContentRequests.WriteAsync(volume, handle, request, where);
            return AnswerNowOrLater(fileSystem, volume, RequestKind.Write, operation, transferred, info);
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus Flush(nint fileSystem, nint context, WinFspFileInfo* info)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            if (context == 0)
            {
                return Volume.Wait(volume.Operations.FlushVolume());
            }

            return volume.Handles.TryGet(context, out WinFspHandle? handle)
                ? Answer(Volume.Wait(volume.Operations.Flush(handle)), info)
                : volume.NoHandle(context, nameof(Flush));
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus GetFileInfo(nint fileSystem, nint context, WinFspFileInfo* info)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            return volume.Handles.TryGet(context, out WinFspHandle? handle)
                ? Answer(Volume.Wait(volume.Operations.GetFileInfo(handle)), info)
                : volume.NoHandle(context, nameof(GetFileInfo));
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus SetBasicInfo(
        nint fileSystem, nint context, uint attributes, ulong creation, ulong lastAccess, ulong lastWrite, ulong change, WinFspFileInfo* info)
    {
        const uint Unchanged = uint.MaxValue; // INVALID_FILE_ATTRIBUTES
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            if (!volume.Handles.TryGet(context, out WinFspHandle? handle))
            {
                return volume.NoHandle(context, nameof(SetBasicInfo));
            }

            var basic = new WinFspBasicInfo(
                attributes == Unchanged ? null : (FileAttributes)attributes, Time(creation), Time(lastAccess), Time(lastWrite), Time(change));
            return Answer(Volume.Wait(volume.Operations.SetBasicInfo(handle, basic)), info);
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }

        static WinFspTime? Time(ulong intervals) => intervals == 0 ? null : new WinFspTime(intervals);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus SetFileSize(nint fileSystem, nint context, ulong size, byte allocation, WinFspFileInfo* info)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            if (!volume.Handles.TryGet(context, out WinFspHandle? handle))
            {
                return volume.NoHandle(context, nameof(SetFileSize));
            }

            return Answer(
                Volume.Wait(allocation != 0 ? volume.Operations.SetAllocationSize(handle, size) : volume.Operations.SetFileSize(handle, size)),
                info);
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }
}
