namespace BackupFs.FileSystem;

/// <summary>
/// The extended attributes through which the state of backups is read and commands are given. All are virtual: none is
/// stored, and names under <c>user.backupfs.</c> can never be stored by a program.
/// </summary>
public static class ControlAttributes
{
    /// <summary>What all of them begin with.</summary>
    public const string Prefix = "user.backupfs.";

    /// <summary>On a backup: open, ending, complete, failed, incomplete or foreign. Setting <c>complete</c> ends it; <c>aborted</c> aborts it.</summary>
    public const string State = "user.backupfs.state";

    /// <summary>On a backup or file: why it cannot be ended, one reason a line; absent when there is none.</summary>
    public const string Error = "user.backupfs.error";

    /// <summary>On a backup: what is going on, one <c>key: value</c> a line.</summary>
    public const string Status = "user.backupfs.status";

    /// <summary>On a file or directory of an open backup: setting it (any value) accepts what is torn there.</summary>
    public const string Accept = "user.backupfs.accept";

    /// <summary>On a file of a complete backup: its SHA-256 in hexadecimal.</summary>
    public const string Sha256 = "user.backupfs.sha256";

    /// <summary>On a directory above backups: setting it to a name opens that incomplete backup again.</summary>
    public const string Resume = "user.backupfs.resume";

    /// <summary>On a directory above backups: setting it to a name removes that open, failed or incomplete backup.</summary>
    public const string Abort = "user.backupfs.abort";

    /// <summary>On a directory above backups: setting it to a name removes that complete backup, if the mount allows removal.</summary>
    public const string Remove = "user.backupfs.remove";

    /// <summary>On the mount's root: the storage's location.</summary>
    public const string Storage = "user.backupfs.storage";

    /// <summary>On the mount's root: the number of directory levels above a backup.</summary>
    public const string DirectoryLevels = "user.backupfs.dir_levels";

    /// <summary>On the mount's root: the daemon's process number.</summary>
    public const string ProcessId = "user.backupfs.pid";

    /// <summary>On the mount's root: setting it ends what may be ended before an unmount, and waits for it.</summary>
    public const string Drain = "user.backupfs.drain";

    /// <summary>On the mount's root: the open backups, one <c>state TAB dir/name TAB reason</c> a line; after a drain, what it did.</summary>
    public const string Report = "user.backupfs.report";
}
