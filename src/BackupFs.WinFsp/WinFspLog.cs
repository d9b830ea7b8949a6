using BackupFs.WinFsp.Layout;
using Microsoft.Extensions.Logging;

namespace BackupFs.WinFsp;

/// <summary>Log messages.</summary>
internal static partial class WinFspLog
{
    [LoggerMessage(1, LogLevel.Error, "{Operation} failed; answered {Status}")]
    internal static partial void OperationFailed(this ILogger log, Exception exception, string operation, NtStatus status);

    [LoggerMessage(2, LogLevel.Warning, "{Operation} of handle {Handle}, which is not open; answered {Status}")]
    internal static partial void UnknownHandle(this ILogger log, string operation, long handle, NtStatus status);

    [LoggerMessage(3, LogLevel.Error, "The answer to {Kind} could not be sent")]
    internal static partial void ResponseFailed(this ILogger log, Exception exception, RequestKind kind);

    [LoggerMessage(4, LogLevel.Error, "The file system failed at the end of the mount")]
    internal static partial void StoppedFailed(this ILogger log, Exception exception);

    [LoggerMessage(5, LogLevel.Information, "Mounted at {MountPoint}: WinFsp {Major}.{Minor}")]
    internal static partial void Mounted(this ILogger log, string mountPoint, uint major, uint minor);

    [LoggerMessage(6, LogLevel.Information, "The mount at {MountPoint} ended: {Ending}")]
    internal static partial void Ended(this ILogger log, string mountPoint, WinFspEnding ending);

    [LoggerMessage(7, LogLevel.Warning, "WinFsp refused a notification: {Status}")]
    internal static partial void NotificationRefused(this ILogger log, NtStatus status);

    [LoggerMessage(8, LogLevel.Debug, "The mount ended with {Count} files open")]
    internal static partial void LeftOpen(this ILogger log, int count);
}
