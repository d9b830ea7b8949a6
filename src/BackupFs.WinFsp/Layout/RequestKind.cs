namespace BackupFs.WinFsp.Layout;

/// <summary>Kinds of requests (FspFsctlTransact…Kind): those that may be answered later, and those that are looked into.</summary>
internal enum RequestKind : uint
{
    Create = 1,
    Read = 5,
    Write = 6,
    QueryDirectory = 14,
}
