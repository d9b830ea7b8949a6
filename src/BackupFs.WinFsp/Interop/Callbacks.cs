using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BackupFs.WinFsp.Layout;
using BackupFs.WinFsp.Serving;

namespace BackupFs.WinFsp.Interop;

/// <summary>
/// The functions that WinFsp calls. Each finds its volume and its open by number, turns arguments into managed ones, and answers. None lets
/// an exception out: that would end the process.
/// </summary>
/// <remarks>
/// SAFETY, for all of them: WinFsp passes names that end with 0, and structures and buffers of the documented sizes that stay valid until the
/// function has returned, or, when it returned <see cref="NtStatus.Pending"/>, until the answer was sent. They are not kept longer.
/// </remarks>
internal static unsafe partial class Callbacks
{
    private static readonly IReadOnlyList<WinFspExtendedAttribute> NoAttributes = [];

    /// <summary>Sets the slots of what a volume has.</summary>
    internal static void Fill(Span<nint> slots, WinFspVolumeOptions options)
    {
        FillVolume(slots);
        FillNames(slots);
        FillFiles(slots);
        FillSecurity(slots);
        FillDirectories(slots);
        if (options.DeviceControl)
        {
            FillControl(slots);
        }

        if (options.ExtendedAttributes)
        {
            FillExtendedAttributes(slots);
        }
    }

    private static NtStatus Answer(WinFspResult<WinFspFileInfo> result, WinFspFileInfo* info)
    {
        if (result.Status.IsSuccess())
        {
            *info = result.Value;
        }

        return result.Status;
    }

    /// <summary>Answers what moves bytes: at once if it is done, else through WinFsp's FspFileSystemSendResponse.</summary>
    private static NtStatus AnswerNowOrLater(
        nint fileSystem, Volume volume, RequestKind kind, ValueTask<Answer> operation, uint* transferred, WinFspFileInfo* info = null)
    {
        if (!operation.IsCompleted)
        {
            volume.AnswerLater(fileSystem, kind, operation);
            return NtStatus.Pending;
        }

        Answer answer = operation.Result;
        *transferred = answer.Count;
        if (info != null)
        {
            *info = answer.Info;
        }

        return answer.Status;
    }

    private static ReadOnlyMemory<byte> Copy(byte* data, uint length) =>
        length == 0 ? default : new ReadOnlySpan<byte>(data, checked((int)length)).ToArray();

    private static bool TryReadAttributes(byte* list, uint length, out IReadOnlyList<WinFspExtendedAttribute> attributes)
    {
        attributes = NoAttributes;
        if (list == null || length == 0)
        {
            return true;
        }

        bool valid = ExtendedAttributeList.TryRead(new ReadOnlySpan<byte>(list, checked((int)length)), out var read);
        attributes = read;
        return valid;
    }

    private static void FillVolume(Span<nint> slots)
    {
        slots[(int)InterfaceSlot.GetVolumeInfo] = (nint)(delegate* unmanaged[Cdecl]<nint, VolumeInfo*, NtStatus>)&GetVolumeInfo;
        slots[(int)InterfaceSlot.SetVolumeLabel] = (nint)(delegate* unmanaged[Cdecl]<nint, char*, VolumeInfo*, NtStatus>)&SetVolumeLabel;
        slots[(int)InterfaceSlot.DispatcherStopped] = (nint)(delegate* unmanaged[Cdecl]<nint, byte, void>)&DispatcherStopped;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus GetVolumeInfo(nint fileSystem, VolumeInfo* answer)
    {
        try
        {
            return Answer(Volume.Wait(Volumes.Of(fileSystem).Operations.GetVolumeInfo()), answer);
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static NtStatus SetVolumeLabel(nint fileSystem, char* label, VolumeInfo* answer)
    {
        try
        {
            return Answer(Volume.Wait(Volumes.Of(fileSystem).Operations.SetVolumeLabel(new string(label))), answer);
        }
        catch (Exception exception)
        {
            return Volumes.Failed(fileSystem, exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void DispatcherStopped(nint fileSystem, byte normally)
    {
        try
        {
            Volumes.Of(fileSystem).Stopped(normally != 0 ? WinFspEnding.Unmounted : WinFspEnding.Driver);
        }
        catch (Exception exception)
        {
            Volumes.Failed(fileSystem, exception);
        }
    }

    private static NtStatus Answer(WinFspResult<WinFspVolumeInfo> result, VolumeInfo* answer)
    {
        if (result.Status.IsSuccess())
        {
            *answer = VolumeInfo.From(result.Value);
        }

        return result.Status;
    }
}
