using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BackupFs.WinFsp.Layout;
using BackupFs.WinFsp.Serving;

namespace BackupFs.WinFsp.Interop;

/// <summary>Callbacks for directories.</summary>
internal static unsafe partial class Callbacks
{
    private static void FillDirectories(Span<nint> slots)
    {
        slots[(int)InterfaceSlot.ReadDirectory] =
            (nint)(delegate* unmanaged[Cdecl]<nint, nint, char*, char*, byte*, uint, uint*, NtStatus>)&ReadDirectory;
        slots[(int)InterfaceSlot.GetDirInfoByName] =
            (nint)(delegate* unmanaged[Cdecl]<nint, nint, char*, byte*, NtStatus>)&GetDirInfoByName;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus ReadDirectory(
        nint fileSystem, nint context, char* pattern, char* marker, byte* buffer, uint length, uint* transferred)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            if (!volume.Handles.TryGet(context, out WinFspHandle? handle))
            {
                return volume.NoHandle(context, nameof(ReadDirectory));
            }

            var request = new NativeBuffer(buffer, checked((int)length));
            ValueTask<Answer> operation = ContentRequests.ListAsync(
                volume, handle, pattern == null ? null : new string(pattern), marker == null ? null : new string(marker), request);
            return AnswerNowOrLater(fileSystem, volume, RequestKind.QueryDirectory, operation, transferred);
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus GetDirInfoByName(nint fileSystem, nint context, char* name, byte* entry)
    {
        try
        {
            Volume volume = Volumes.Of(fileSystem);
            if (!volume.Handles.TryGet(context, out WinFspHandle? handle))
            {
                return volume.NoHandle(context, nameof(GetDirInfoByName));
            }

            WinFspResult<WinFspDirectoryEntry> result = Volume.Wait(volume.Operations.GetDirInfoByName(handle, new string(name)));
            if (result.Status.IsSuccess())
            {
                // SAFETY: WinFsp has room for an entry with the longest name, which this checks.
                DirectorySnapshot.CheckName(result.Value.Name);
                DirectoryInfoEntry.Write(result.Value, new Span<byte>(entry, DirectoryInfoEntry.SizeOf(result.Value.Name)));
            }

            return result.Status;
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }
}
