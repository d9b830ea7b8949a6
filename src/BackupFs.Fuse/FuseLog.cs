using Microsoft.Extensions.Logging;

namespace BackupFs.Fuse;

/// <summary>Log messages.</summary>
internal static partial class FuseLog
{
    [LoggerMessage(1, LogLevel.Error, "{Opcode} of node {Node}: the handler failed; answered EIO if it had not answered")]
    internal static partial void HandlerFailed(this ILogger log, Exception exception, FuseOpcode opcode, ulong node);

    [LoggerMessage(2, LogLevel.Warning, "{Opcode} request {Unique}: the kernel refused the reply with {Error}")]
    internal static partial void ReplyRefused(this ILogger log, FuseOpcode opcode, ulong unique, Errno error);

    [LoggerMessage(3, LogLevel.Warning, "Malformed {Opcode} request of {Length} bytes; answered {Error}")]
    internal static partial void Malformed(this ILogger log, FuseOpcode opcode, int length, Errno error);

    [LoggerMessage(4, LogLevel.Error, "Reading from the kernel failed with {Error}; this reader stops")]
    internal static partial void ReadFailed(this ILogger log, Errno error);

    [LoggerMessage(5, LogLevel.Debug, "A reader shares the first descriptor: /dev/fuse cannot be opened again ({Error})")]
    internal static partial void CloneFailed(this ILogger log, Errno error);

    [LoggerMessage(6, LogLevel.Debug, "All readers are busy: started spare reader {Count}")]
    internal static partial void SpareStarted(this ILogger log, int count);

    [LoggerMessage(7, LogLevel.Debug, "Cannot set read-ahead in {Path}: {Reason}")]
    internal static partial void ReadaheadFailed(this ILogger log, string path, string reason);

    [LoggerMessage(8, LogLevel.Information, "Mounted at {Mountpoint}: protocol 7.{Minor}, {Features}")]
    internal static partial void Mounted(this ILogger log, string mountpoint, uint minor, FuseFeatures features);

    [LoggerMessage(9, LogLevel.Information, "Session at {Mountpoint} ended: {Ending}")]
    internal static partial void Ended(this ILogger log, string mountpoint, SessionEnding ending);

    [LoggerMessage(10, LogLevel.Warning, "{Count} requests were not answered before the session ended; dropped")]
    internal static partial void Dropped(this ILogger log, int count);

    [LoggerMessage(11, LogLevel.Warning, "The kernel refused a notification with {Error}")]
    internal static partial void NotificationRefused(this ILogger log, Errno error);

    [LoggerMessage(12, LogLevel.Information, "Passthrough is not available: {Error}")]
    internal static partial void PassthroughUnavailable(this ILogger log, Errno error);

    [LoggerMessage(13, LogLevel.Error, "Destroy of the file system failed")]
    internal static partial void DestroyFailed(this ILogger log, Exception exception);

    [LoggerMessage(14, LogLevel.Error, "A thread that serves requests failed")]
    internal static partial void ReaderFailed(this ILogger log, Exception exception);
}
