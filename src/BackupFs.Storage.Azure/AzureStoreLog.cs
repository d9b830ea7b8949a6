using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Azure;

/// <summary>What the store logs.</summary>
internal static partial class AzureStoreLog
{
    [LoggerMessage(1, LogLevel.Debug, "A request to Azure failed and may be tried again: {Error}")]
    public static partial void Failed(ILogger logger, string error);
}
