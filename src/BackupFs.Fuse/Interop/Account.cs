using BackupFs.Fuse.Interop;

namespace BackupFs.Fuse;

/// <summary>Whose rights the process has.</summary>
public static class Account
{
    /// <summary>The effective user id; 0 is root.</summary>
    public static uint UserId => Libc.geteuid();

    /// <summary>The effective group id.</summary>
    public static uint GroupId => Libc.getegid();

    /// <summary>Whether the process runs as root.</summary>
    public static bool IsRoot => UserId == 0;
}
