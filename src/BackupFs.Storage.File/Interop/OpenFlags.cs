using System.Runtime.InteropServices;

namespace BackupFs.Storage.File.Interop;

/// <summary>Flags of open(2). Three of them have other values on ARM than on x86; the rest are asm-generic.</summary>
internal static class OpenFlags
{
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int AccessMask = 3;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int NoControllingTerminal = 0x100;
    public const int Truncate = 0x200;
    public const int Append = 0x400;
    public const int NonBlocking = 0x800;
    public const int NoAccessTime = 0x40000;
    public const int CloseOnExec = 0x80000;
    public const int PathOnly = 0x200000;

    /// <summary>O_DIRECTORY.</summary>
    public static readonly int Directory = IsArm ? 0x4000 : 0x10000;

    /// <summary>O_NOFOLLOW.</summary>
    public static readonly int NoFollow = IsArm ? 0x8000 : 0x20000;

    /// <summary>O_TMPFILE, which includes O_DIRECTORY.</summary>
    public static readonly int Unnamed = 0x400000 | Directory;
}
