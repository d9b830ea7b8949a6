namespace BackupFs.FileSystem;

/// <summary>
/// Told of changes that did not come through the platform, so that what it caches can be dropped. Called on no particular
/// thread, with no lock held; must not call back into the file system.
/// </summary>
public interface IChangeListener
{
    /// <summary>What was said of <paramref name="name"/> in <paramref name="directory"/> (an inode's number) is no longer true.</summary>
    void NameChanged(ulong directory, string name);
}
