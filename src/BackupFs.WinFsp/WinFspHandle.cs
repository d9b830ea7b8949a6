using BackupFs.WinFsp.Serving;

namespace BackupFs.WinFsp;

/// <summary>
/// An open file or directory: one for each open, not for each file. A file system derives its own class from it, with
/// what it wants to know of the open; the very object that Create or Open answered comes back with every operation.
/// </summary>
public abstract class WinFspHandle
{
    private volatile DirectorySnapshot? _listing;

    /// <summary>What the directory contained when it was last listed from the start.</summary>
    internal DirectorySnapshot? Listing
    {
        get => _listing;
        set => _listing = value;
    }
}
