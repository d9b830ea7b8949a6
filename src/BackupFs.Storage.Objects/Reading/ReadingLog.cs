using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Objects;

/// <summary>What reading and the disk cache log.</summary>
internal static partial class ReadingLog
{
    [LoggerMessage(1, LogLevel.Error, "{Message}; fetched twice")]
    public static partial void Corrupt(ILogger logger, string message);

    [LoggerMessage(2, LogLevel.Warning, "Block {Block} of '{File}' did not match its checksum and was right when it was fetched again")]
    public static partial void Recovered(ILogger logger, string file, int block);

    [LoggerMessage(3, LogLevel.Warning, "The cache in '{Directory}' cannot be used: {Reason}. Reading goes on without it")]
    public static partial void CacheUnusable(ILogger logger, string directory, string reason);

    [LoggerMessage(4, LogLevel.Warning, "A block in the cache in '{Directory}' was damaged and is fetched again; further ones are not logged")]
    public static partial void CacheDamaged(ILogger logger, string directory);

    [LoggerMessage(5, LogLevel.Error, "'{File}' could not be read")]
    public static partial void Unexpected(ILogger logger, string file, Exception error);
}
