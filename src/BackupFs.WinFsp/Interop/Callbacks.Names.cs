using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BackupFs.WinFsp.Layout;
using BackupFs.WinFsp.Security;
using BackupFs.WinFsp.Serving;

namespace BackupFs.WinFsp.Interop;

/// <summary>Callbacks that take names: finding, creating, opening, renaming, deleting.</summary>
internal static unsafe partial class Callbacks
{
    // NtCreateFile's disposition is in the upper 8 bits of the options.
    private const int DispositionShift = 24;
    private const uint OptionBits = (1u << DispositionShift) - 1;

    private static void FillNames(Span<nint> slots)
    {
        slots[(int)InterfaceSlot.GetSecurityByName] =
            (nint)(delegate* unmanaged[Cdecl]<nint, char*, uint*, byte*, nuint*, NtStatus>)&GetSecurityByName;
        slots[(int)InterfaceSlot.CreateEx] =
            (nint)(delegate* unmanaged[Cdecl]<nint, char*, uint, uint, uint, byte*, ulong, byte*, uint, byte, nint*, OpenFileInfo*, NtStatus>)&CreateEx;
        slots[(int)InterfaceSlot.Open] = (nint)(delegate* unmanaged[Cdecl]<nint, char*, uint, uint, nint*, OpenFileInfo*, NtStatus>)&Open;
        slots[(int)InterfaceSlot.SetDelete] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, char*, byte, NtStatus>)&SetDelete;
        slots[(int)InterfaceSlot.Rename] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, char*, char*, byte, NtStatus>)&Rename;
        slots[(int)InterfaceSlot.Cleanup] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, char*, uint, void>)&Cleanup;
        slots[(int)InterfaceSlot.Close] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, void>)&Close;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus GetSecurityByName(nint fileSystem, char* name, uint* attributes, byte* descriptor, nuint* descriptorSize)
    {
        try
        {
            WinFspResult<WinFspFileSecurity> result = Volume.Wait(Volumes.Of(fileSystem).Operations.GetSecurityByName(new string(name)));
            if (!result.Status.IsSuccess())
            {
                return result.Status;
            }

            if (attributes != null)
            {
                *attributes = (uint)result.Value.Attributes;
            }

            return descriptorSize == null ? NtStatus.Success : CopyDescriptor(result.Value.Descriptor.Span, descriptor, descriptorSize);
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus CreateEx(
        nint fileSystem,
        char* name,
        uint options,
        uint access,
        uint attributes,
        byte* descriptor,
        ulong allocationSize,
        byte* extra,
        uint extraLength,
        byte extraIsReparsePoint,
        nint* context,
        OpenFileInfo* info)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            if (extraIsReparsePoint != 0)
            {
                return NtStatus.NotSupported;
            }

            if (!TryReadAttributes(extra, extraLength, out IReadOnlyList<WinFspExtendedAttribute> extended))
            {
                return NtStatus.EaListInconsistent;
            }

            var request = new WinFspCreateRequest(
                OpenRequest(volume, options, access),
                (FileAttributes)attributes,
                CopyDescriptor(descriptor),
                allocationSize,
                extended);
            return Answer(volume, Volume.Wait(volume.Operations.Create(new string(name), request)), context, info);
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus Open(nint fileSystem, char* name, uint options, uint access, nint* context, OpenFileInfo* info)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            WinFspOpenRequest request = OpenRequest(volume, options, access);
            return Answer(volume, Volume.Wait(volume.Operations.Open(new string(name), request)), context, info);
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus SetDelete(nint fileSystem, nint context, char* name, byte delete)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            return volume.Handles.TryGet(context, out WinFspHandle? handle)
                ? Volume.Wait(volume.Operations.SetDelete(handle, new string(name), delete != 0))
                : volume.NoHandle(context, nameof(SetDelete));
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus Rename(nint fileSystem, nint context, char* name, char* newName, byte replace)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            return volume.Handles.TryGet(context, out WinFspHandle? handle)
                ? Volume.Wait(volume.Operations.Rename(
                    handle, new string(name), new string(newName), replace != 0, volume.Library.GetRequestProcess()))
                : volume.NoHandle(context, nameof(Rename));
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Cleanup(nint fileSystem, nint context, char* name, uint flags)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            if (volume.Handles.TryGet(context, out WinFspHandle? handle))
            {
                Volume.Wait(volume.Operations.Cleanup(handle, name == null ? null : new string(name), (CleanupFlags)flags));
            }
            else
            {
                volume.NoHandle(context, nameof(Cleanup));
            }
        }
        catch (Exception exception)
        {
            Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Close(nint fileSystem, nint context)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            if (volume.Handles.TryRemove(context, out WinFspHandle? handle))
            {
                handle.Listing = null;
                Volume.Wait(volume.Operations.Close(handle));
            }
            else
            {
                volume.NoHandle(context, nameof(Close));
            }
        }
        catch (Exception exception)
        {
            Volumes.Failed(fileSystem, exception);
        }
    }

    private static WinFspOpenRequest OpenRequest(Volume volume, uint options, uint access) => new(
        (CreateDisposition)(options >> DispositionShift),
        (CreateOptions)(options & OptionBits),
        (FileAccessRights)access,
        volume.Library.GetRequestProcess(),
        volume.Library.GetRequestAccess());

    private static NtStatus Answer(Volume volume, WinFspResult<WinFspOpened> result, nint* context, OpenFileInfo* info)
    {
        if (!result.Status.IsSuccess())
        {
            return result.Status;
        }

        WinFspOpened opened = result.Value;
        info->Info = opened.Info;
        if (opened.NormalizedName is { } name)
        {
            int size = name.Length * sizeof(char);
            if (size <= Math.Min((int)info->NormalizedNameSize, OpenFileInfo.LongestNormalizedName))
            {
                name.CopyTo(new Span<char>((void*)info->NormalizedName, name.Length));
                info->NormalizedNameSize = (ushort)size;
            }
        }

        *context = volume.Handles.Add(opened.Handle);
        return NtStatus.Success;
    }

    private static NtStatus CopyDescriptor(ReadOnlySpan<byte> descriptor, byte* destination, nuint* size)
    {
        nuint room = *size;
        *size = (nuint)descriptor.Length;
        if ((nuint)descriptor.Length > room)
        {
            return NtStatus.BufferOverflow;
        }

        if (destination != null)
        {
            descriptor.CopyTo(new Span<byte>(destination, descriptor.Length));
        }

        return NtStatus.Success;
    }

    // A descriptor comes without its length, which its head and the heads of its parts tell.
    private static ReadOnlyMemory<byte> CopyDescriptor(byte* descriptor) => descriptor == null
        ? default
        : Copy(descriptor, (uint)SecurityDescriptor.LengthOf(new ReadOnlySpan<byte>(descriptor, SecurityDescriptor.LongestLength)));
}
