using BackupFs.Storage.File.Interop;
using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.File;

/// <summary>What the file storage logs.</summary>
internal static partial class FileStorageLog
{
    [LoggerMessage(1, LogLevel.Information, "Backup '{Name}' in '{Directory}' is complete: {Entries} entries")]
    public static partial void Ended(ILogger logger, string directory, string name, int entries);

    [LoggerMessage(2, LogLevel.Information, "Backup '{Name}' in '{Directory}' is open again; the host went down meanwhile: {LostWrites}")]
    public static partial void Resumed(ILogger logger, string directory, string name, bool lostWrites);

    [LoggerMessage(3, LogLevel.Warning, "'{Name}' in the trash (.backupfs/trash) could not be deleted ({Error}); the next start tries again")]
    public static partial void TrashRemains(ILogger logger, string name, Errno error);

    [LoggerMessage(4, LogLevel.Information, "The end of a backup that had become visible was finished (.backupfs/open/{Key})")]
    public static partial void EndFinished(ILogger logger, string key);

    [LoggerMessage(5, LogLevel.Information, "The file system at '{Root}' cannot rename without replacing; an empty directory put in a backup's place while it ends would be replaced")]
    public static partial void NoReplaceUnsupported(ILogger logger, string root);

    [LoggerMessage(6, LogLevel.Warning, "Backup '{Name}' in '{Directory}' is complete, but its staging directory could not be removed: {Error}")]
    public static partial void StagingRemains(ILogger logger, string directory, string name, string error);
}
