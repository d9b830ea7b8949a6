using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BackupFs.WinFsp.Layout;

/// <summary>
/// FSP_FSCTL_TRANSACT_RSP, as far as answers that are sent later need it. Its union is as large as the answer to Create, 104 bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TransactResponse
{
    internal ushort Version;
    internal ushort Size;
    internal RequestKind Kind;
    internal ulong Hint; // that of the request
    internal uint Information; // bytes transferred
    internal NtStatus Status;
    internal WinFspFileInfo Info; // after a write
    internal RestOfUnion Rest;

    internal static TransactResponse To(RequestKind kind, ulong hint) =>
        new() { Size = (ushort)Unsafe.SizeOf<TransactResponse>(), Kind = kind, Hint = hint };

    [InlineArray(4)]
    internal struct RestOfUnion
    {
        private ulong _first;
    }
}
