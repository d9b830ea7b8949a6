namespace BackupFs.Mount;

/// <summary>
/// Talks to a running mount through the extended attributes of its directories, as the verbs of the program do (and as
/// setfattr can). See docs/SEMANTICS.md, "Control attributes".
/// </summary>
public interface IMountControl
{
    /// <summary>The mount that covers <paramref name="path"/>, or null if that is not a BackupFs mount.</summary>
    /// <exception cref="MountException">The path does not exist or the mount is dead.</exception>
    MountedPath? Find(string path);

    /// <summary>
    /// Whether a BackupFs mount covers <paramref name="path"/> whose process is gone: every access to it fails, and only
    /// unmounting helps. Never waits.
    /// </summary>
    bool IsDead(string path);

    /// <summary>Reads a control attribute as text; null if it is not set.</summary>
    /// <exception cref="MountException">With the reason.</exception>
    string? Get(string path, string attribute);

    /// <summary>Sets a control attribute.</summary>
    /// <exception cref="MountException">With the reason: that of <c>user.backupfs.error</c> where there is one.</exception>
    void Set(string path, string attribute, string value);

    /// <summary>Unmounts and returns when the mount is gone from the mount table.</summary>
    /// <exception cref="MountException">Busy, not permitted.</exception>
    void Unmount(string mountPoint, bool lazy);
}
