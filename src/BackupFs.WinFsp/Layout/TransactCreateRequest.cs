using System.Runtime.InteropServices;

namespace BackupFs.WinFsp.Layout;

/// <summary>FSP_FSCTL_TRANSACT_REQ of a Create, up to the last field that is used.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TransactCreateRequest
{
    internal TransactRequest Head;
    internal uint CreateOptions;
    internal uint FileAttributes;
    internal uint SecurityDescriptor; // offset and size, 16 bits each
    internal ulong AllocationSize;
    internal ulong AccessToken; // handle, and process above it
    internal FileAccessRights DesiredAccess;
}
