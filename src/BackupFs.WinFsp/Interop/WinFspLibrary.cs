using System.Runtime.InteropServices;
using BackupFs.WinFsp.Layout;

namespace BackupFs.WinFsp.Interop;

/// <summary>WinFsp's DLL. Its functions are cdecl, which matters on x86 only. Stays loaded.</summary>
internal sealed unsafe class WinFspLibrary : IWinFspLibrary
{
    private readonly delegate* unmanaged[Cdecl]<uint*, NtStatus> _version;
    private readonly delegate* unmanaged[Cdecl]<char*, char*, NtStatus> _preflight;
    private readonly delegate* unmanaged[Cdecl]<char*, VolumeParams*, nint, nint*, NtStatus> _create;
    private readonly delegate* unmanaged[Cdecl]<nint, nint, nint, void> _setOperationGuard;
    private readonly delegate* unmanaged[Cdecl]<nint, uint, void> _setDebugLog;
    private readonly delegate* unmanaged[Cdecl]<nint, char*, byte*, NtStatus> _setMountPoint;
    private readonly delegate* unmanaged[Cdecl]<nint, char*> _mountPoint;
    private readonly delegate* unmanaged[Cdecl]<nint, uint, NtStatus> _startDispatcher;
    private readonly delegate* unmanaged[Cdecl]<nint, void> _stopDispatcher;
    private readonly delegate* unmanaged[Cdecl]<nint, void> _delete;
    private readonly delegate* unmanaged[Cdecl]<OperationContext*> _operationContext;
    private readonly delegate* unmanaged[Cdecl]<uint> _operationProcess;
    private readonly delegate* unmanaged[Cdecl]<nint, TransactResponse*, void> _sendResponse;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, nuint, NtStatus> _notify;

    private WinFspLibrary(nint module)
    {
        // SAFETY: each export has the signature given here in every release of WinFsp 2 (its header winfsp/winfsp.h).
        _version = (delegate* unmanaged[Cdecl]<uint*, NtStatus>)Export("FspVersion");
        _preflight = (delegate* unmanaged[Cdecl]<char*, char*, NtStatus>)Export("FspFileSystemPreflight");
        _create = (delegate* unmanaged[Cdecl]<char*, VolumeParams*, nint, nint*, NtStatus>)Export("FspFileSystemCreate");
        _setOperationGuard = (delegate* unmanaged[Cdecl]<nint, nint, nint, void>)Export("FspFileSystemSetOperationGuardF");
        _setDebugLog = (delegate* unmanaged[Cdecl]<nint, uint, void>)Export("FspFileSystemSetDebugLogF");
        _setMountPoint = (delegate* unmanaged[Cdecl]<nint, char*, byte*, NtStatus>)Export("FspFileSystemSetMountPointEx");
        _mountPoint = (delegate* unmanaged[Cdecl]<nint, char*>)Export("FspFileSystemMountPointF");
        _startDispatcher = (delegate* unmanaged[Cdecl]<nint, uint, NtStatus>)Export("FspFileSystemStartDispatcher");
        _stopDispatcher = (delegate* unmanaged[Cdecl]<nint, void>)Export("FspFileSystemStopDispatcher");
        _delete = (delegate* unmanaged[Cdecl]<nint, void>)Export("FspFileSystemDelete");
        _operationContext = (delegate* unmanaged[Cdecl]<OperationContext*>)Export("FspFileSystemGetOperationContext");
        _operationProcess = (delegate* unmanaged[Cdecl]<uint>)Export("FspFileSystemOperationProcessIdF");
        _sendResponse = (delegate* unmanaged[Cdecl]<nint, TransactResponse*, void>)Export("FspFileSystemSendResponse");
        _notify = (delegate* unmanaged[Cdecl]<nint, byte*, nuint, NtStatus>)Export("FspFileSystemNotify");

        nint Export(string name) => NativeLibrary.GetExport(module, name);
    }

    public NtStatus GetVersion(out uint version)
    {
        uint answer = 0;
        NtStatus status = _version(&answer);
        version = answer;
        return status;
    }

    public NtStatus Preflight(string device, string? mountPoint)
    {
        fixed (char* name = device)
        fixed (char* place = mountPoint)
        {
            return _preflight(name, place);
        }
    }

    public NtStatus Create(string device, in VolumeParams parameters, nint operations, out nint fileSystem)
    {
        nint answer = 0;
        NtStatus status;
        fixed (char* name = device)
        fixed (VolumeParams* volume = &parameters)
        {
            status = _create(name, volume, operations, &answer);
        }

        fileSystem = answer;
        return status;
    }

    public void RemoveOperationGuard(nint fileSystem) => _setOperationGuard(fileSystem, 0, 0);

    public void SetDebugLog(nint fileSystem, uint kinds) => _setDebugLog(fileSystem, kinds);

    public NtStatus SetMountPoint(nint fileSystem, string? mountPoint, ReadOnlySpan<byte> securityDescriptor)
    {
        fixed (char* place = mountPoint)
        fixed (byte* descriptor = securityDescriptor)
        {
            return _setMountPoint(fileSystem, place, descriptor);
        }
    }

    public string? GetMountPoint(nint fileSystem)
    {
        // SAFETY: WinFsp answers null or a string that ends with 0 and stays until the mount point is removed.
        char* text = _mountPoint(fileSystem);
        return text == null ? null : new string(text);
    }

    public NtStatus StartDispatcher(nint fileSystem, uint threads) => _startDispatcher(fileSystem, threads);

    public void StopDispatcher(nint fileSystem) => _stopDispatcher(fileSystem);

    public void Delete(nint fileSystem) => _delete(fileSystem);

    public ulong GetRequestHint()
    {
        // SAFETY: called on a dispatcher thread that serves a request, where WinFsp has a context with that request.
        return ((TransactRequest*)_operationContext()->Request)->Hint;
    }

    public uint GetRequestProcess() => _operationProcess();

    public FileAccessRights GetRequestAccess()
    {
        // SAFETY: as above; a request of this kind has these fields.
        var request = (TransactCreateRequest*)_operationContext()->Request;
        return request->Head.Kind == (uint)RequestKind.Create ? request->DesiredAccess : FileAccessRights.None;
    }

    public void SendResponse(nint fileSystem, in TransactResponse response)
    {
        fixed (TransactResponse* answer = &response)
        {
            _sendResponse(fileSystem, answer);
        }
    }

    public NtStatus Notify(nint fileSystem, ReadOnlySpan<byte> changes)
    {
        fixed (byte* list = changes)
        {
            return _notify(fileSystem, list, (nuint)changes.Length);
        }
    }

    /// <summary>Finds and loads the DLL; throws <see cref="WinFspMountException"/> when that fails.</summary>
    internal static WinFspLibrary Load()
    {
        string path = WinFspLocation.Find();
        try
        {
            return new WinFspLibrary(NativeLibrary.Load(path));
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw new WinFspMountException(
                WinFspMountFailure.NotInstalled, $"{path} cannot be loaded. {WinFspLocation.HowToInstall}", error);
        }
        catch (EntryPointNotFoundException error)
        {
            throw new WinFspMountException(
                WinFspMountFailure.Version, $"{path} is too old: {error.Message} {WinFspLocation.HowToInstall}", error);
        }
    }
}
