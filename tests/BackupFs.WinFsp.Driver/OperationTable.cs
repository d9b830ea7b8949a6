using BackupFs.WinFsp.Interop;
using BackupFs.WinFsp.Layout;

namespace BackupFs.WinFsp.Driver;

/// <summary>
/// Calls the functions of FSP_FILE_SYSTEM_INTERFACE through their pointers, as WinFsp's DLL does. The signatures are those of its header,
/// written down here a second time on purpose.
/// </summary>
internal sealed unsafe class OperationTable(nint table, nint fileSystem)
{
    internal bool Has(InterfaceSlot slot) => Slot((int)slot) != null;

    internal bool Has(int slot) => Slot(slot) != null;

    internal NtStatus GetVolumeInfo(VolumeInfo* info) =>
        ((delegate* unmanaged[Cdecl]<nint, VolumeInfo*, NtStatus>)Slot(0))(fileSystem, info);

    internal NtStatus SetVolumeLabel(string label, VolumeInfo* info)
    {
        fixed (char* text = label)
        {
            return ((delegate* unmanaged[Cdecl]<nint, char*, VolumeInfo*, NtStatus>)Slot(1))(fileSystem, text, info);
        }
    }

    internal NtStatus GetSecurityByName(string name, uint* attributes, byte* descriptor, nuint* size)
    {
        fixed (char* text = name)
        {
            return ((delegate* unmanaged[Cdecl]<nint, char*, uint*, byte*, nuint*, NtStatus>)Slot(2))(
                fileSystem, text, attributes, descriptor, size);
        }
    }

    internal NtStatus Open(string name, uint options, uint access, nint* context, OpenFileInfo* info)
    {
        fixed (char* text = name)
        {
            return ((delegate* unmanaged[Cdecl]<nint, char*, uint, uint, nint*, OpenFileInfo*, NtStatus>)Slot(4))(
                fileSystem, text, options, access, context, info);
        }
    }

    internal void Cleanup(nint context, string? name, uint flags)
    {
        fixed (char* text = name)
        {
            ((delegate* unmanaged[Cdecl]<nint, nint, char*, uint, void>)Slot(6))(fileSystem, context, text, flags);
        }
    }

    internal void Close(nint context) => ((delegate* unmanaged[Cdecl]<nint, nint, void>)Slot(7))(fileSystem, context);

    internal NtStatus Read(nint context, byte* buffer, ulong offset, uint length, uint* transferred) =>
        ((delegate* unmanaged[Cdecl]<nint, nint, byte*, ulong, uint, uint*, NtStatus>)Slot(8))(
            fileSystem, context, buffer, offset, length, transferred);

    internal NtStatus Write(
        nint context, byte* buffer, ulong offset, uint length, bool toEnd, bool constrained, uint* transferred, WinFspFileInfo* info) =>
        ((delegate* unmanaged[Cdecl]<nint, nint, byte*, ulong, uint, byte, byte, uint*, WinFspFileInfo*, NtStatus>)Slot(9))(
            fileSystem, context, buffer, offset, length, Boolean(toEnd), Boolean(constrained), transferred, info);

    internal NtStatus Flush(nint context, WinFspFileInfo* info) =>
        ((delegate* unmanaged[Cdecl]<nint, nint, WinFspFileInfo*, NtStatus>)Slot(10))(fileSystem, context, info);

    internal NtStatus GetFileInfo(nint context, WinFspFileInfo* info) =>
        ((delegate* unmanaged[Cdecl]<nint, nint, WinFspFileInfo*, NtStatus>)Slot(11))(fileSystem, context, info);

    internal NtStatus SetBasicInfo(
        nint context, uint attributes, ulong creation, ulong lastAccess, ulong lastWrite, ulong change, WinFspFileInfo* info) =>
        ((delegate* unmanaged[Cdecl]<nint, nint, uint, ulong, ulong, ulong, ulong, WinFspFileInfo*, NtStatus>)Slot(12))(
            fileSystem, context, attributes, creation, lastAccess, lastWrite, change, info);

    internal NtStatus SetFileSize(nint context, ulong size, bool allocation, WinFspFileInfo* info) =>
        ((delegate* unmanaged[Cdecl]<nint, nint, ulong, byte, WinFspFileInfo*, NtStatus>)Slot(13))(
            fileSystem, context, size, Boolean(allocation), info);

    internal NtStatus Rename(nint context, string name, string newName, bool replace)
    {
        fixed (char* text = name)
        fixed (char* newText = newName)
        {
            return ((delegate* unmanaged[Cdecl]<nint, nint, char*, char*, byte, NtStatus>)Slot(15))(
                fileSystem, context, text, newText, Boolean(replace));
        }
    }

    internal NtStatus GetSecurity(nint context, byte* descriptor, nuint* size) =>
        ((delegate* unmanaged[Cdecl]<nint, nint, byte*, nuint*, NtStatus>)Slot(16))(fileSystem, context, descriptor, size);

    internal NtStatus SetSecurity(nint context, uint parts, byte* descriptor) =>
        ((delegate* unmanaged[Cdecl]<nint, nint, uint, byte*, NtStatus>)Slot(17))(fileSystem, context, parts, descriptor);

    internal NtStatus ReadDirectory(nint context, string? pattern, string? marker, byte* buffer, uint length, uint* transferred)
    {
        fixed (char* patternText = pattern)
        fixed (char* markerText = marker)
        {
            return ((delegate* unmanaged[Cdecl]<nint, nint, char*, char*, byte*, uint, uint*, NtStatus>)Slot(18))(
                fileSystem, context, patternText, markerText, buffer, length, transferred);
        }
    }

    internal NtStatus GetDirInfoByName(nint context, string name, byte* entry)
    {
        fixed (char* text = name)
        {
            return ((delegate* unmanaged[Cdecl]<nint, nint, char*, byte*, NtStatus>)Slot(24))(fileSystem, context, text, entry);
        }
    }

    internal NtStatus Control(nint context, uint code, byte* input, uint inputLength, byte* output, uint outputLength, uint* transferred) =>
        ((delegate* unmanaged[Cdecl]<nint, nint, uint, byte*, uint, byte*, uint, uint*, NtStatus>)Slot(25))(
            fileSystem, context, code, input, inputLength, output, outputLength, transferred);

    internal NtStatus SetDelete(nint context, string name, bool delete)
    {
        fixed (char* text = name)
        {
            return ((delegate* unmanaged[Cdecl]<nint, nint, char*, byte, NtStatus>)Slot(26))(fileSystem, context, text, Boolean(delete));
        }
    }

    internal NtStatus CreateEx(
        string name,
        uint options,
        uint access,
        uint attributes,
        byte* descriptor,
        ulong allocationSize,
        byte* extra,
        uint extraLength,
        bool extraIsReparsePoint,
        nint* context,
        OpenFileInfo* info)
    {
        fixed (char* text = name)
        {
            return ((delegate* unmanaged[Cdecl]<nint, char*, uint, uint, uint, byte*, ulong, byte*, uint, byte, nint*, OpenFileInfo*, NtStatus>)Slot(27))(
                fileSystem, text, options, access, attributes, descriptor, allocationSize, extra, extraLength, Boolean(extraIsReparsePoint), context, info);
        }
    }

    internal NtStatus OverwriteEx(
        nint context, uint attributes, bool replace, ulong allocationSize, byte* extended, uint length, WinFspFileInfo* info) =>
        ((delegate* unmanaged[Cdecl]<nint, nint, uint, byte, ulong, byte*, uint, WinFspFileInfo*, NtStatus>)Slot(28))(
            fileSystem, context, attributes, Boolean(replace), allocationSize, extended, length, info);

    internal NtStatus GetEa(nint context, byte* list, uint length, uint* transferred) =>
        ((delegate* unmanaged[Cdecl]<nint, nint, byte*, uint, uint*, NtStatus>)Slot(29))(fileSystem, context, list, length, transferred);

    internal NtStatus SetEa(nint context, byte* list, uint length, WinFspFileInfo* info) =>
        ((delegate* unmanaged[Cdecl]<nint, nint, byte*, uint, WinFspFileInfo*, NtStatus>)Slot(30))(fileSystem, context, list, length, info);

    internal void DispatcherStopped(bool normally) =>
        ((delegate* unmanaged[Cdecl]<nint, byte, void>)Slot(32))(fileSystem, Boolean(normally));

    private static byte Boolean(bool value) => value ? (byte)1 : (byte)0;

    private void* Slot(int index) => ((void**)table)[index];
}
