using Microsoft.Extensions.Logging;

namespace BackupFs.Cli.Logging;

/// <summary>What the program itself logs. No secrets, no arguments of processes.</summary>
internal static partial class CliLog
{
    [LoggerMessage(1, LogLevel.Information, "{Description}, process {ProcessId}, version {Version}")]
    public static partial void Mounted(ILogger logger, string description, int processId, string version);

    [LoggerMessage(2, LogLevel.Information, "asked to stop: ending what can be ended, then unmounting")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(3, LogLevel.Information, "unmounted by somebody else: ending what can be ended")]
    public static partial void UnmountedFromOutside(ILogger logger);

    [LoggerMessage(4, LogLevel.Information, "completed {Backup}")]
    public static partial void Completed(ILogger logger, string backup);

    [LoggerMessage(5, LogLevel.Warning, "left incomplete {Backup}: {Reason}")]
    public static partial void LeftIncomplete(ILogger logger, string backup, string reason);

    [LoggerMessage(6, LogLevel.Warning, "{Message}; detaching the mount, what still uses it gets errors")]
    public static partial void DetachingBusyMount(ILogger logger, string message);

    [LoggerMessage(7, LogLevel.Warning, "the process that asked for the mount is gone: unmounting")]
    public static partial void ParentGone(ILogger logger);

    [LoggerMessage(8, LogLevel.Information, "done, exit status {ExitStatus}")]
    public static partial void Done(ILogger logger, int exitStatus);

    [LoggerMessage(9, LogLevel.Error, "cannot mount: {Message}")]
    public static partial void CannotMount(ILogger logger, string message);

    [LoggerMessage(10, LogLevel.Critical, "the program failed")]
    public static partial void Crashed(ILogger logger, Exception exception);

    [LoggerMessage(11, LogLevel.Warning, "asked again to stop: not waiting for backups any longer")]
    public static partial void DrainAbandoned(ILogger logger);
}
