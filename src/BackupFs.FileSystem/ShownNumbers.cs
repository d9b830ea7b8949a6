using System.IO.Hashing;
using System.Runtime.InteropServices;
using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>
/// The file numbers shown for entries (st_ino). A storage's <see cref="EntryAttributes.FileId"/> is unique within its backup
/// only, but programs take two files with links for one when device and number are the same (cp -a, tar, rsync -H, du).
/// </summary>
/// <remarks>
/// On a storage of local files the numbers of the disk are shown: they are unique there, and stay the same across mounts. Elsewhere
/// each backup has a range of its own, which begins at a digest of its path: within a backup two files never share a number,
/// and two backups overlap with the odds of 64-bit numbers. The backup's directory is the first of its range, so that it
/// is known without asking for it.
/// </remarks>
internal static class ShownNumbers
{
    // Different beginnings: a directory and a backup may have the same path, one after the other.
    private const long DirectorySeed = 1, BackupSeed = 2;

    /// <summary>The number of a directory above the backups.</summary>
    public static ulong OfDirectory(string path) => Digest(path, DirectorySeed);

    /// <summary>The number of a backup's own directory; <see cref="OfEntry"/> counts from it.</summary>
    public static ulong OfBackup(string path) => Digest(path, BackupSeed);

    /// <summary>The number of what is in a backup.</summary>
    /// <param name="backup">As <see cref="OfBackup"/>; 0 shows the storage's number.</param>
    /// <param name="fileId">As the storage tells it.</param>
    public static ulong OfEntry(ulong backup, ulong fileId) => backup == 0 ? fileId : unchecked(backup + fileId);

    // Neither 0 nor a small number: those mean something to some programs.
    private static ulong Digest(string path, long seed) =>
        XxHash3.HashToUInt64(MemoryMarshal.AsBytes(path.AsSpan()), seed) | (1UL << 40);
}
