using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.S3;

/// <summary>What the S3 stores log.</summary>
internal static partial class S3Log
{
    [LoggerMessage(1, LogLevel.Debug, "Try {Attempt} of {Subject} failed, the next one is in {Pause}: {Error}")]
    public static partial void Repeating(ILogger logger, string subject, int attempt, TimeSpan pause, string error);

    [LoggerMessage(2, LogLevel.Information, "Bucket '{Bucket}' was created")]
    public static partial void BucketCreated(ILogger logger, string bucket);

    [LoggerMessage(3, LogLevel.Information, "Bucket '{Bucket}' is in the region {Region}, which is used from now on")]
    public static partial void RegionFound(ILogger logger, string bucket, string region);
}
