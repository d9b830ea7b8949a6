using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Objects;

internal static partial class ObjectLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "'{Key}' could not be deleted yet: {Error}")]
    internal static partial void NotDeleted(ILogger logger, string key, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Directory}/{Name}: complete, but what was kept while it was open could not be deleted; the next mount will: {Error}")]
    internal static partial void NotTidied(ILogger logger, string directory, string name, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Directory}/{Name}: its name could not be refreshed: {Error}")]
    internal static partial void NotRefreshed(ILogger logger, string directory, string name, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Directory}/{Name}: what an earlier process left behind could not be tidied up: {Error}")]
    internal static partial void NotRecovered(ILogger logger, string directory, string name, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Directory}/{Name}: aborted {Count} upload(s) that an earlier process had not finished")]
    internal static partial void UploadsAborted(ILogger logger, string directory, string name, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Directory}/{Name}: finished the removal that an earlier process had begun")]
    internal static partial void RemovalFinished(ILogger logger, string directory, string name);
}
