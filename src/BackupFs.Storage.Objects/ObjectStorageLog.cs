using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Objects;

/// <summary>What object storage logs.</summary>
internal static partial class ObjectStorageLog
{
    [LoggerMessage(1, LogLevel.Warning, "An upload of '{Path}' was given up, but could not be aborted ({Error}); the store keeps its parts until it is")]
    public static partial void UploadRemains(ILogger logger, string path, string error);

    [LoggerMessage(2, LogLevel.Warning, "'{Key}' could not be deleted yet: {Error}")]
    public static partial void NotDeleted(ILogger logger, string key, string error);

    [LoggerMessage(3, LogLevel.Warning, "{Directory}/{Name}: complete, but what was kept while it was open could not be deleted; the next mount will: {Error}")]
    public static partial void NotTidied(ILogger logger, string directory, string name, string error);

    [LoggerMessage(4, LogLevel.Warning, "{Directory}/{Name}: its name could not be refreshed: {Error}")]
    public static partial void NotRefreshed(ILogger logger, string directory, string name, string error);

    [LoggerMessage(5, LogLevel.Warning, "{Directory}/{Name}: what an earlier process left behind could not be tidied up: {Error}")]
    public static partial void NotRecovered(ILogger logger, string directory, string name, string error);

    [LoggerMessage(6, LogLevel.Information, "{Directory}/{Name}: aborted {Count} upload(s) that an earlier process had not finished")]
    public static partial void UploadsAborted(ILogger logger, string directory, string name, int count);

    [LoggerMessage(7, LogLevel.Information, "{Directory}/{Name}: finished the removal that an earlier process had begun")]
    public static partial void RemovalFinished(ILogger logger, string directory, string name);

    [LoggerMessage(8, LogLevel.Information, "{Location} ignores conditions on puts (a versioned bucket?): names are made exclusive by an election instead")]
    public static partial void ConditionsIgnored(ILogger logger, string location);

    [LoggerMessage(9, LogLevel.Error, "{Message}; fetched twice")]
    public static partial void Corrupt(ILogger logger, string message);

    [LoggerMessage(10, LogLevel.Warning, "Block {Block} of '{File}' did not match its checksum and was right when it was fetched again")]
    public static partial void Recovered(ILogger logger, string file, int block);

    [LoggerMessage(11, LogLevel.Warning, "The cache in '{Directory}' cannot be used: {Reason}. Reading goes on without it")]
    public static partial void CacheUnusable(ILogger logger, string directory, string reason);

    [LoggerMessage(12, LogLevel.Warning, "A block in the cache in '{Directory}' was damaged and is fetched again; further ones are not logged")]
    public static partial void CacheDamaged(ILogger logger, string directory);

    [LoggerMessage(13, LogLevel.Error, "'{File}' could not be read")]
    public static partial void Unexpected(ILogger logger, string file, Exception error);

    [LoggerMessage(14, LogLevel.Warning, "{Location}: {Reason}; {Possible} is used instead")]
    public static partial void Clamped(ILogger logger, string location, string reason, string possible);
}
