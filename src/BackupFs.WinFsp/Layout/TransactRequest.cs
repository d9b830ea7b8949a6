using System.Runtime.InteropServices;

namespace BackupFs.WinFsp.Layout;

/// <summary>The head of FSP_FSCTL_TRANSACT_REQ.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TransactRequest
{
    internal ushort Version;
    internal ushort Size;
    internal uint Kind;
    internal ulong Hint; // names the request
}
