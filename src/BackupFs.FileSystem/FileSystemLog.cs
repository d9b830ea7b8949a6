using BackupFs.Storage;
using Microsoft.Extensions.Logging;

namespace BackupFs.FileSystem;

/// <summary>Everything the file system logs. Paths come in printable form; arguments of programs never come in.</summary>
internal static partial class FileSystemLog
{
    [LoggerMessage(1, LogLevel.Error, "{Backup}: {File}: {Error}; the backup cannot end until the file is written again or removed")]
    public static partial void FileFailed(ILogger logger, string backup, string file, StorageError error);

    [LoggerMessage(2, LogLevel.Error, "{Backup}: {File} is torn: {Reason}; write it again, remove it, or accept it")]
    public static partial void FileTorn(ILogger logger, string backup, string file, string reason);

    [LoggerMessage(3, LogLevel.Error, "{Backup}: writer killed: {Reason}; run the same command again or accept the backup")]
    public static partial void WriterKilled(ILogger logger, string backup, string reason);

    [LoggerMessage(4, LogLevel.Warning, "{Backup}: {Program} ended with {Ending} after it had closed its files; the backup will not end by itself")]
    public static partial void WriterEndedBadly(ILogger logger, string backup, string program, string ending);

    [LoggerMessage(5, LogLevel.Information, "{Backup}: the command that was killed ran again to a good end")]
    public static partial void CommandRepeated(ILogger logger, string backup);

    [LoggerMessage(6, LogLevel.Error, "{Backup}: could not remember that {File} is unfinished: {Error}")]
    public static partial void MarkNotKept(ILogger logger, string backup, string file, StorageError error);

    [LoggerMessage(7, LogLevel.Information, "{Backup}: started as {ShownName}")]
    public static partial void Started(ILogger logger, string backup, string shownName);

    [LoggerMessage(8, LogLevel.Information, "{Backup}: complete ({Reason})")]
    public static partial void Completed(ILogger logger, string backup, string reason);

    [LoggerMessage(9, LogLevel.Warning, "{Backup}: complete, although {Program} (process {ProcessId}) ended with {Ending}")]
    public static partial void CompletedWithNote(ILogger logger, string backup, string program, int processId, string ending);

    [LoggerMessage(10, LogLevel.Error, "{Backup}: cannot be ended: {Reason}")]
    public static partial void EndRefused(ILogger logger, string backup, string reason);

    [LoggerMessage(11, LogLevel.Information, "{Backup}: aborted and removed")]
    public static partial void Aborted(ILogger logger, string backup);

    [LoggerMessage(12, LogLevel.Information, "{Backup}: accepted by an operator: {What}")]
    public static partial void Accepted(ILogger logger, string backup, string what);

    [LoggerMessage(13, LogLevel.Information, "{Backup}: open again")]
    public static partial void Resumed(ILogger logger, string backup);

    [LoggerMessage(14, LogLevel.Warning, "{Backup}: left incomplete: {Reason}")]
    public static partial void LeftIncomplete(ILogger logger, string backup, string reason);

    [LoggerMessage(15, LogLevel.Information, "{Backup}: removed")]
    public static partial void Removed(ILogger logger, string backup);

    [LoggerMessage(16, LogLevel.Information, "{Backup}: the removal was not finished within the settle time; the files are visible again")]
    public static partial void RemovalUndone(ILogger logger, string backup);

    [LoggerMessage(17, LogLevel.Warning, "{Path}: refused: files can only be created inside a backup, and backups are directories {Levels} level(s) below the mount point ({Shape}); make one there, or mount with --dir-levels")]
    public static partial void FileAboveBackups(ILogger logger, string path, int levels, string shape);

    [LoggerMessage(18, LogLevel.Warning, "{Path}: rename refused: {Reason}")]
    public static partial void RenameRefused(ILogger logger, string path, string reason);

    [LoggerMessage(19, LogLevel.Warning, "{Path}: {Reason}")]
    public static partial void Refused(ILogger logger, string path, string reason);

    [LoggerMessage(20, LogLevel.Error, "{Path}: {Operation} failed: {Error}")]
    public static partial void OperationFailed(ILogger logger, string path, string operation, StorageError error);

    [LoggerMessage(21, LogLevel.Information, "storage {Location}, {Levels} directory level(s) above a backup ({How})")]
    public static partial void Mounted(ILogger logger, string location, int levels, string how);

    [LoggerMessage(23, LogLevel.Error, "{Backup}: cannot be ended because of a defect of this program or of the storage")]
    public static partial void EndFailed(ILogger logger, string backup, Exception error);

    [LoggerMessage(24, LogLevel.Error, "the storage gave an operation up although nobody asked it to")]
    public static partial void GivenUp(ILogger logger, Exception error);

    [LoggerMessage(22, LogLevel.Error, "the watch over idle backups failed and goes on")]
    public static partial void WatchFailed(ILogger logger, Exception error);
}
