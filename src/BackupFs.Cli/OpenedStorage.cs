using BackupFs.Cli.Logging;
using BackupFs.Storage;
using Microsoft.Extensions.Logging;

namespace BackupFs.Cli;

/// <summary>A storage that a verb works on without a mount. Warnings go to standard error.</summary>
internal sealed class OpenedStorage : IAsyncDisposable
{
    private readonly ILoggerFactory _loggers;

    private OpenedStorage(IBackupStorage storage, ILoggerFactory loggers) => (Storage, _loggers) = (storage, loggers);

    /// <summary>The storage.</summary>
    public IBackupStorage Storage { get; }

    /// <summary>Opens a storage.</summary>
    /// <exception cref="CommandException">It is a directory that does not exist: only a mount makes one.</exception>
    public static OpenedStorage Open(StorageSource source, CommandContext context)
    {
        if (StorageLocation.LocalDirectory(source.Location) is { } directory && !Directory.Exists(directory))
        {
            throw new CommandException($"there is no storage at '{BackupPath.Printable(directory)}': the directory does not exist ('backupfs mount' makes it)");
        }

        var error = TextWriter.Synchronized(context.Error);
        var loggers = LineLoggerProvider.CreateFactory(error.Write, context.Time, LogLevel.Warning);
        try
        {
            return new OpenedStorage(context.Composition.OpenStorage(source, loggers), loggers);
        }
        catch
        {
            loggers.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Storage.CloseAsync(CancellationToken.None).ConfigureAwait(false);
        _loggers.Dispose();
    }
}
