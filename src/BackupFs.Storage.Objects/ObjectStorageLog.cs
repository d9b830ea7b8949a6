using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Objects;

/// <summary>What object storage logs.</summary>
internal static partial class ObjectStorageLog
{
    [LoggerMessage(1, LogLevel.Warning, "An upload of '{Path}' was given up, but could not be aborted ({Error}); the store keeps its parts until it is")]
    public static partial void UploadRemains(ILogger logger, string path, string error);
}
