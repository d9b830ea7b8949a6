using BackupFs.Cli.Help;
using BackupFs.Cli.Logging;
using BackupFs.Cli.Mounting;
using BackupFs.Mount;
using BackupFs.Storage;
using CommandLine;
using Microsoft.Extensions.Logging;

namespace BackupFs.Cli.Verbs;

/// <summary>The background process of <c>backupfs mount</c>, started by <see cref="BackgroundMount"/> only.</summary>
[Verb(Name, Hidden = true, HelpText = "the background process of 'backupfs mount'; not for users")]
internal sealed class MountDaemonVerb : IDocumentedVerb
{
    /// <summary>The verb's name.</summary>
    public const string Name = "mount-daemon";

    /// <inheritdoc/>
    public static HelpPage Help { get; } = new([$"{Name} MOUNTPOINT"], ["Started by 'backupfs mount'."], []);

    /// <summary>Shown by ps; the request says the same.</summary>
    [Value(0, MetaName = "MOUNTPOINT")]
    public IEnumerable<string> Positional { get; set; } = [];

    /// <inheritdoc/>
    public async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        var request = BackgroundMessage.FromLine<MountRequest>(await input.ReadLineAsync(cancellationToken).ConfigureAwait(false))
            ?? throw new UsageException($"'{Name}' is started by 'backupfs mount' and reads a request from its standard input");
        try
        {
            return await RunAsync(request, input, context, cancellationToken).ConfigureAwait(false);
        }
        catch (CommandException exception)
        {
            await SayAsync(context, new BackgroundMessage(Error: exception.Message)).ConfigureAwait(false);
            return ExitCode.Failed;
        }
    }

    private static async Task<int> RunAsync(
        MountRequest request, StreamReader input, CommandContext context, CancellationToken cancellationToken)
    {
        context.Composition.BackgroundProcess.LeaveSession();
        var file = new LogFile(request.LogFile ?? LogFile.DefaultPath(context));
        using var warnings = new StartWarnings();
        using var loggers = LineLoggerProvider.CreateFactory(file.Write, context.Time, request.LogLevel, warnings);
        var logger = loggers.CreateLogger("BackupFs.Cli.Mount");
        AppDomain.CurrentDomain.UnhandledException += (_, arguments) => CliLog.Crashed(logger, (Exception)arguments.ExceptionObject);
        try
        {
            return await MountLife.RunAsync(request, context, loggers, BecomeReadyAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is MountException or StorageException or CommandException or IOException or UnauthorizedAccessException)
        {
            CliLog.CannotMount(logger, exception.Message);
            throw new CommandException(exception.Message, exception);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            CliLog.Crashed(logger, exception);
            throw new CommandException($"{exception.GetType().Name}: {exception.Message} (the log has more: {request.LogFile})", exception);
        }

        async Task<bool> BecomeReadyAsync(string description)
        {
            await SayAsync(context, new BackgroundMessage(Ready: description, Warnings: warnings.Take())).ConfigureAwait(false);
            var answer = await input.ReadLineAsync(cancellationToken).ConfigureAwait(false);
            context.Composition.BackgroundProcess.LeaveStandardStreams();
            return answer == BackgroundMessage.Acknowledgement;
        }
    }

    private static async Task SayAsync(CommandContext context, BackgroundMessage message)
    {
        try
        {
            await context.Output.WriteLineAsync(BackgroundMessage.ToLine(message)).ConfigureAwait(false);
            await context.Output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Nobody listens any longer; the missing acknowledgement tells the rest.
        }
    }
}
