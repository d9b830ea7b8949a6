using BackupFs.Cli.Logging;

namespace BackupFs.Cli.Mounting;

/// <summary><c>backupfs mount --foreground</c>.</summary>
internal static class ForegroundMount
{
    /// <summary>Mounts and stays until it is unmounted, or until SIGINT or SIGTERM.</summary>
    public static async Task<int> RunAsync(MountRequest request, CommandContext context, CancellationToken stop)
    {
        var file = request.LogFile is null ? null : new LogFile(request.LogFile);
        var error = TextWriter.Synchronized(context.Error);
        using var loggers = LineLoggerProvider.CreateFactory(file is null ? error.Write : file.Write, context.Time, request.LogLevel);
        return await MountLife.RunAsync(
            request,
            context,
            loggers,
            async description =>
            {
                await context.Output.WriteLineAsync(description).ConfigureAwait(false);
                await context.Output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
                return true;
            },
            stop).ConfigureAwait(false);
    }
}
