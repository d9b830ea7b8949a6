using BackupFs.FileSystem;
using Microsoft.Extensions.Logging;

namespace BackupFs.Mount;

/// <summary>Everything the adapters log.</summary>
internal static partial class MountLog
{
    [LoggerMessage(1, LogLevel.Error, "a request failed unexpectedly and was answered with an input/output error")]
    public static partial void HandlerFailed(ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "a name was refused because it is not valid UTF-8: {Name}")]
    public static partial void NotUtf8(ILogger logger, string name);

    [LoggerMessage(3, LogLevel.Warning, "{Name} was closed to be deleted, and was not: {Error}")]
    public static partial void NotDeleted(ILogger logger, string name, FsError error);
}
