namespace BackupFs.WinFsp;

/// <summary>How a file is opened.</summary>
/// <param name="Disposition">What the program asked for; the driver has decided already that this is an open.</param>
/// <param name="Options">Options of NtCreateFile.</param>
/// <param name="GrantedAccess">The rights that the handle has; they were checked.</param>
/// <param name="ProcessId">The process that opens, or 0 when it is not known.</param>
/// <param name="DesiredAccess">
/// The rights that it asked for. With <see cref="FileAccessRights.MaximumAllowed"/> it got all that the descriptor gives, and counts on none
/// but those it named.
/// </param>
public readonly record struct WinFspOpenRequest(
    CreateDisposition Disposition,
    CreateOptions Options,
    FileAccessRights GrantedAccess,
    uint ProcessId,
    FileAccessRights DesiredAccess);
