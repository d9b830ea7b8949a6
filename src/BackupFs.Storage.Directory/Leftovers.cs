namespace BackupFs.Storage.Directory;

/// <summary>Removes what processes that died have left among the temporary files and uploads.</summary>
internal sealed class Leftovers(ObjectPaths paths, TimeProvider time)
{
    /// <summary>What is younger is let alone: where a file system has no locks, nothing else tells that somebody writes it.</summary>
    internal static readonly TimeSpan Age = TimeSpan.FromHours(1);

    /// <summary>Looks for them. What cannot be removed stays.</summary>
    internal void Remove()
    {
        try
        {
            foreach (var entry in DirectoryEntry.Read(paths.Own(DirectoryObjectStore.TemporaryFolder)).Where(entry => !entry.IsDirectory))
            {
                var path = paths.Own(DirectoryObjectStore.TemporaryFolder, entry.Name);
                if (IsLeft(path))
                {
                    File.Delete(path);
                }
            }

            foreach (var entry in DirectoryEntry.Read(paths.Own(DirectoryUpload.Folder)).Where(entry => entry.IsDirectory))
            {
                if (IsLeft(paths.Own(DirectoryUpload.Folder, entry.Name, DirectoryUpload.ContentName)))
                {
                    System.IO.Directory.Delete(paths.Own(DirectoryUpload.Folder, entry.Name), recursive: true);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nothing depends on it.
        }
    }

    private bool IsLeft(string path)
    {
        if (time.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(path) < Age)
        {
            return false;
        }

        try
        {
            // Whoever writes it has it open.
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (FileNotFoundException)
        {
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
