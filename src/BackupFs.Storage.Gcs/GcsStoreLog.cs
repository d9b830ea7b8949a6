using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Gcs;

/// <summary>What the store logs.</summary>
internal static partial class GcsStoreLog
{
    [LoggerMessage(1, LogLevel.Debug, "A request to Google Cloud Storage failed and may be tried again: {Error}")]
    public static partial void Failed(ILogger logger, string error);
}
