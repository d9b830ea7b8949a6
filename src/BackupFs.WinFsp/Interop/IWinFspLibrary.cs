using BackupFs.WinFsp.Layout;

namespace BackupFs.WinFsp.Interop;

/// <summary>
/// The functions of WinFsp's DLL that are used, one to one, with FSP_FILE_SYSTEM as an opaque number. Tests put something in the place
/// of the DLL here.
/// </summary>
internal interface IWinFspLibrary
{
    /// <summary>FspVersion: the major version in the upper 16 bits.</summary>
    NtStatus GetVersion(out uint version);

    /// <summary>FspFileSystemPreflight.</summary>
    NtStatus Preflight(string device, string? mountPoint);

    /// <summary>FspFileSystemCreate. The table must stay until <see cref="Delete"/> returned.</summary>
    NtStatus Create(string device, in VolumeParams parameters, nint operations, out nint fileSystem);

    /// <summary>FspFileSystemSetOperationGuardF with no guard.</summary>
    void RemoveOperationGuard(nint fileSystem);

    /// <summary>FspFileSystemSetDebugLogF.</summary>
    void SetDebugLog(nint fileSystem, uint kinds);

    /// <summary>FspFileSystemSetMountPointEx; null takes the last drive letter that is free.</summary>
    NtStatus SetMountPoint(nint fileSystem, string? mountPoint, ReadOnlySpan<byte> securityDescriptor);

    /// <summary>FspFileSystemMountPointF.</summary>
    string? GetMountPoint(nint fileSystem);

    /// <summary>FspFileSystemStartDispatcher.</summary>
    NtStatus StartDispatcher(nint fileSystem, uint threads);

    /// <summary>FspFileSystemStopDispatcher: blocks until its threads are gone, then gives up all requests.</summary>
    void StopDispatcher(nint fileSystem);

    /// <summary>FspFileSystemDelete: unmounts, too.</summary>
    void Delete(nint fileSystem);

    /// <summary>The hint of the request that this dispatcher thread is at (FspFileSystemGetOperationContext).</summary>
    ulong GetRequestHint();

    /// <summary>FspFileSystemOperationProcessIdF: known during Create, Open and a Rename that replaces, otherwise 0.</summary>
    uint GetRequestProcess();

    /// <summary>The rights that the Create request of this dispatcher thread asks for; nothing during other requests.</summary>
    FileAccessRights GetRequestAccess();

    /// <summary>FspFileSystemSendResponse.</summary>
    void SendResponse(nint fileSystem, in TransactResponse response);

    /// <summary>FspFileSystemNotify: the driver copies the list and goes through it later.</summary>
    NtStatus Notify(nint fileSystem, ReadOnlySpan<byte> changes);
}
