using BackupFs.Cli.Help;
using BackupFs.Cli.Parsing;
using BackupFs.Mount;
using BackupFs.Storage;
using BackupFs.WinFsp;

namespace BackupFs.Cli;

/// <summary>The program: arguments in, exit status out. The one place where errors become messages.</summary>
internal static class CommandLineProgram
{
    /// <summary>Runs it.</summary>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="context">The world outside.</param>
    /// <param name="processName">The name it was called by.</param>
    /// <param name="cancellationToken">Cancelled by the first signal.</param>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, CommandContext context, string processName, CancellationToken cancellationToken)
    {
        try
        {
            if (ProcessName.IsMountHelper(processName) && !WantsHelp(arguments))
            {
                arguments = ["mount", .. MountStyle.ToMountArguments(arguments, isHelper: true)];
            }

            if (arguments.Count == 0)
            {
                HelpWriter.WriteOverview(context.Error);
                return ExitCode.Usage;
            }

            if (AnswersHelp(arguments, context.Output))
            {
                return ExitCode.Ok;
            }

            if (VerbEntry.Find(arguments[0]) is null)
            {
                arguments = MountStyle.IsMount(arguments)
                    ? ["mount", .. MountStyle.ToMountArguments(arguments, isHelper: false)]
                    : arguments[0].StartsWith('-')
                        ? throw new UsageException($"a command comes first, then its options; '{BackupPath.Printable(arguments[0])}' is not a command")
                        : arguments;
            }

            return await ArgumentParser.Parse(arguments).RunAsync(context, cancellationToken).ConfigureAwait(false);
        }
        catch (UsageException exception)
        {
            var verb = exception.Verb ?? (arguments.Count > 0 ? VerbEntry.Find(arguments[0])?.Name : null);
            context.Error.WriteLine($"backupfs: {exception.Message}");
            context.Error.WriteLine(verb is null ? "See 'backupfs --help'." : $"See 'backupfs {verb} --help'.");
            return ExitCode.Usage;
        }
        catch (Exception exception) when (exception is CommandException or MountException or StorageException)
        {
            context.Error.WriteLine($"backupfs: {exception.Message}");
            return ExitCode.Failed;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            context.Error.WriteLine($"backupfs: {exception.Message}");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            context.Error.WriteLine("backupfs: interrupted");
            return ExitCode.Interrupted;
        }
    }

    private static bool WantsHelp(IReadOnlyList<string> arguments) =>
        arguments.TakeWhile(argument => argument != "--").Any(argument => argument is "--help" or "-h" or "-?");

    private static bool AnswersHelp(IReadOnlyList<string> arguments, TextWriter output)
    {
        if (arguments[0] is "--version" or "-V" or "version")
        {
            output.WriteLine($"backupfs {HelpWriter.Version}");
            if (OperatingSystem.IsWindows())
            {
                // WinFsp's licence lets other programs use it if they show this.
                output.WriteLine(WinFspSession.Notice);
            }

            return true;
        }

        var isHelpCommand = arguments[0] == "help";
        if (!isHelpCommand && !WantsHelp(arguments))
        {
            return false;
        }

        var about = isHelpCommand ? arguments.ElementAtOrDefault(1) : arguments[0];
        if (about is null || about.StartsWith('-'))
        {
            HelpWriter.WriteOverview(output);
        }
        else if (VerbEntry.Find(about) is { } verb)
        {
            HelpWriter.WriteVerb(output, verb);
        }
        else
        {
            ArgumentParser.Parse([about]);
        }

        return true;
    }
}
