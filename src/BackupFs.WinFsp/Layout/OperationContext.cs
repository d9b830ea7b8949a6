using System.Runtime.InteropServices;

namespace BackupFs.WinFsp.Layout;

/// <summary>FSP_FILE_SYSTEM_OPERATION_CONTEXT: what a dispatcher thread is at.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OperationContext
{
    internal nint Request;
    internal nint Response;
}
