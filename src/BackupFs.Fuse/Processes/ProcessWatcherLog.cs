using Microsoft.Extensions.Logging;

namespace BackupFs.Fuse.Processes;

/// <summary>What the process watcher logs. Numbers only: names and arguments of processes are other people's.</summary>
internal static partial class ProcessWatcherLog
{
    [LoggerMessage(EventId = 301, Level = LogLevel.Warning,
        Message = "Writers cannot be watched, from process {ProcessId} on: error {ErrorNumber}. A writer that dies will not be noticed. Logged once.")]
    internal static partial void CannotWatch(ILogger logger, int processId, int errorNumber);

    [LoggerMessage(EventId = 302, Level = LogLevel.Information,
        Message = "Process {ProcessId} ended and its exit status could not be learned")]
    internal static partial void StatusUnknown(ILogger logger, int processId);

    [LoggerMessage(EventId = 303, Level = LogLevel.Warning,
        Message = "The search for what feeds process {ProcessId} was cut off after {Scanned} of {Total} processes")]
    internal static partial void FeederSearchCutOff(ILogger logger, int processId, int scanned, int total);

    [LoggerMessage(EventId = 304, Level = LogLevel.Error, Message = "Watching processes met an unexpected error and goes on")]
    internal static partial void Unexpected(ILogger logger, Exception exception);
}
