using BackupFs.Cli.Help;
using BackupFs.FileSystem;
using BackupFs.Storage;
using CommandLine;

namespace BackupFs.Cli.Verbs;

/// <summary><c>backupfs abort</c>.</summary>
[Verb("abort", HelpText = "remove a backup that is not complete")]
internal sealed class AbortVerb : StorageVerb, IDocumentedVerb
{
    /// <inheritdoc/>
    public static HelpPage Help { get; } = new(
        ["abort DIRECTORY", "abort --storage URL DIR/NAME"],
        [
            "Removes an open, failed or incomplete backup with everything in it, whether or not it is listed. A complete backup is never "
            + "touched: that is 'backupfs remove'.",
        ],
        [
            new("backupfs abort /mnt/backups/db/monday", "give it up"),
            new("backupfs abort --storage /srv/backups db/monday", "without a mount"),
        ]);

    /// <summary>The backup.</summary>
    [Value(0, MetaName = "DIRECTORY")]
    public IEnumerable<string> Positional { get; set; } = [];

    /// <summary>The storage, to do without a mount.</summary>
    [Option("storage", MetaValue = "URL", HelpText = "act on a storage, without a mount")]
    public string? Storage { get; set; }

    /// <inheritdoc/>
    public async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var argument = Arguments.One(Positional, "abort", "backup");
        if (Storage is null && Config is null)
        {
            var control = new ControlClient(context.Composition.MountControl);
            var backup = await control.RequireBackupAsync(argument, cancellationToken).ConfigureAwait(false);
            if (await control.StateOfAsync(argument, cancellationToken).ConfigureAwait(false) is "complete" or "foreign")
            {
                throw new CommandException($"{backup} is complete and was not aborted; 'backupfs remove' removes it");
            }

            await control.CommandOnParentAsync(argument, ControlAttributes.Abort, "was not aborted", cancellationToken).ConfigureAwait(false);
            await context.Output.WriteLineAsync($"aborted {backup}").ConfigureAwait(false);
            return ExitCode.Ok;
        }

        var target = BackupTarget.Parse(argument);
        await using var opened = OpenedStorage.Open(ChooseStorage(Storage, context), context);
        using var found = await opened.Storage.FindBackupAsync(target.Directory, target.Name, cancellationToken).ConfigureAwait(false);
        if (found is { State: BackupState.Complete or BackupState.Foreign })
        {
            throw new CommandException($"{target} is complete and was not aborted; 'backupfs remove' removes it");
        }

        using var handle = await opened.Storage.ResumeBackupAsync(target.Directory, target.Name, cancellationToken).ConfigureAwait(false);
        await handle.AbortBackupAsync(cancellationToken).ConfigureAwait(false);
        await context.Output.WriteLineAsync($"aborted {target}").ConfigureAwait(false);
        return ExitCode.Ok;
    }
}
