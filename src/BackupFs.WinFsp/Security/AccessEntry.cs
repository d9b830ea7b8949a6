namespace BackupFs.WinFsp.Security;

/// <summary>A right given or denied (ACE). Entries count in their order: the first that decides a right wins.</summary>
/// <param name="Allowed">Whether it is given.</param>
/// <param name="Sid">To whom.</param>
/// <param name="Rights">Which.</param>
public readonly record struct AccessEntry(bool Allowed, Sid Sid, FileAccessRights Rights);
