using BackupFs.Storage;
using Spectre.Console;

namespace BackupFs.Cli.Listing;

/// <summary>A progress bar on standard error, if that is a terminal.</summary>
internal static class VerificationBar
{
    /// <summary>Runs a verification with it.</summary>
    public static async Task<VerificationResult> RunAsync(
        string name, CommandContext context, Func<IProgress<VerificationProgress>?, ValueTask<VerificationResult>> verify)
    {
        if (!context.IsErrorTerminal)
        {
            return await verify(null).ConfigureAwait(false);
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(context.Error) });
        return await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new RemainingTimeColumn())
            .StartAsync(async progress => await verify(new Bar(progress.AddTask(Markup.Escape(name)))).ConfigureAwait(false)).ConfigureAwait(false);
    }

    // IProgress of the library would post to the thread pool; the bar is cheap and thread-safe, so it is told directly.
    private sealed class Bar(ProgressTask task) : IProgress<VerificationProgress>
    {
        public void Report(VerificationProgress value)
        {
            task.MaxValue = Math.Max(1, value.BytesTotal);
            task.Value = value.BytesTotal == 0 ? 1 : value.BytesDone;
        }
    }
}
