using System.IO.Enumeration;

namespace BackupFs.Storage.Directory;

/// <summary>A file or directory, as a directory tells of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsDirectory">Whether it is a directory.</param>
/// <param name="Length">Bytes of a file.</param>
/// <param name="Written">When a file was stored, UTC.</param>
internal readonly record struct DirectoryEntry(string Name, bool IsDirectory, long Length, DateTime Written)
{
    /// <summary>Hidden and system files are objects, too; what cannot be looked at is an error, not nothing.</summary>
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = false };

    /// <summary>What is in a directory, but for links, in no order; nothing if there is no such directory.</summary>
    internal static List<DirectoryEntry> Read(string path)
    {
        try
        {
            return [.. new FileSystemEnumerable<DirectoryEntry>(
                path,
                static (ref FileSystemEntry entry) => entry.IsDirectory
                    ? new DirectoryEntry(entry.FileName.ToString(), true, 0, default)
                    : new DirectoryEntry(entry.FileName.ToString(), false, entry.Length, entry.LastWriteTimeUtc.UtcDateTime),
                Everything)
            {
                ShouldIncludePredicate = static (ref FileSystemEntry entry) =>
                    (entry.Attributes & FileAttributes.ReparsePoint) == 0 || !ObjectPaths.IsLink(entry.ToFullPath()),
            }];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }
}
