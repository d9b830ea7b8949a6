using BackupFs.Cli.Help;
using BackupFs.Cli.Logging;
using BackupFs.Mount;
using Microsoft.Extensions.Logging;

namespace BackupFs.Cli.Mounting;

/// <summary>The life of a mount in its own process, from the mount to the exit status.</summary>
internal static class MountLife
{
    /// <summary>Mounts, waits until somebody unmounts or asks to stop, drains, unmounts.</summary>
    /// <param name="request">What to mount.</param>
    /// <param name="context">The world outside.</param>
    /// <param name="loggers">Where to log.</param>
    /// <param name="ready">Told the mount's description when it answers; false unmounts at once: nobody wants it any longer.</param>
    /// <param name="stop">Asks to stop.</param>
    /// <returns>The exit status: 1 if a backup was left incomplete.</returns>
    public static async Task<int> RunAsync(
        MountRequest request, CommandContext context, ILoggerFactory loggers, Func<string, Task<bool>> ready, CancellationToken stop)
    {
        var logger = loggers.CreateLogger("BackupFs.Cli.Mount");
        var mount = await context.Composition.MountAsync(request, loggers, stop).ConfigureAwait(false);
        await using (mount.ConfigureAwait(false))
        {
            CliLog.Mounted(logger, mount.Description, Environment.ProcessId, HelpWriter.Version);
            if (!await ready(mount.Description).ConfigureAwait(false))
            {
                CliLog.ParentGone(logger);
                return ExitCode.Failed;
            }

            try
            {
                await mount.Ended.WaitAsync(stop).ConfigureAwait(false);
                CliLog.UnmountedFromOutside(logger);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                CliLog.Stopping(logger);
            }

            var exitStatus = await DrainAsync(mount, logger, context.Abandon).ConfigureAwait(false);
            if (!mount.Ended.IsCompleted)
            {
                await UnmountAsync(mount, logger).ConfigureAwait(false);
            }

            CliLog.Done(logger, exitStatus);
            return exitStatus;
        }
    }

    private static async Task<int> DrainAsync(IRunningMount mount, ILogger logger, CancellationToken abandon)
    {
        try
        {
            var outcome = await mount.DrainAsync(abandon).ConfigureAwait(false);
            foreach (var backup in outcome.Completed)
            {
                CliLog.Completed(logger, backup);
            }

            foreach (var backup in outcome.Left)
            {
                CliLog.LeftIncomplete(logger, backup.Backup, backup.Reason);
            }

            return outcome.Left.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        }
        catch (OperationCanceledException) when (abandon.IsCancellationRequested)
        {
            CliLog.DrainAbandoned(logger);
            return ExitCode.Failed;
        }
    }

    private static async Task UnmountAsync(IRunningMount mount, ILogger logger)
    {
        try
        {
            await mount.UnmountAsync(lazy: false, CancellationToken.None).ConfigureAwait(false);
        }
        catch (MountException exception)
        {
            // Somebody still has a file open or stands in a directory. We go all the same: disposing detaches the mount.
            CliLog.DetachingBusyMount(logger, exception.Message);
        }
    }
}
