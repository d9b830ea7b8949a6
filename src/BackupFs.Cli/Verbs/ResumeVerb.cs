using BackupFs.Cli.Help;
using BackupFs.FileSystem;
using BackupFs.Storage;
using CommandLine;

namespace BackupFs.Cli.Verbs;

/// <summary><c>backupfs resume</c>.</summary>
[Verb("resume", HelpText = "open an incomplete backup again")]
internal sealed class ResumeVerb : StorageVerb, IDocumentedVerb
{
    /// <inheritdoc/>
    public static HelpPage Help { get; } = new(
        ["resume DIRECTORY", "resume --storage URL DIR/NAME"],
        [
            "Opens a backup again that was never ended because its process or machine died. Files that were closed are kept; the "
            + "ones that were being written are torn: write them again, remove them, or accept them, then end the backup.",
            "With --storage it only looks: it says what was kept and what is torn, and changes nothing.",
        ],
        [
            new("backupfs resume /mnt/backups/db/monday", "open it again; 'backupfs status' then names the torn files"),
            new("backupfs resume --storage /srv/backups db/monday", "is it worth it?"),
        ]);

    /// <summary>The backup.</summary>
    [Value(0, MetaName = "DIRECTORY")]
    public IEnumerable<string> Positional { get; set; } = [];

    /// <summary>The storage, to look without a mount.</summary>
    [Option("storage", MetaValue = "URL", HelpText = "look into a storage, without a mount")]
    public string? Storage { get; set; }

    /// <inheritdoc/>
    public async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var argument = Arguments.One(Positional, "resume", "backup");
        if (Storage is null && Config is null)
        {
            var control = new ControlClient(context.Composition.MountControl);
            var backup = await control.RequireBackupAsync(argument, cancellationToken).ConfigureAwait(false);
            if (await control.StateOfAsync(argument, cancellationToken).ConfigureAwait(false) is { } state and not "incomplete")
            {
                throw new CommandException($"{backup} is {state} and was not resumed: only an incomplete backup can be");
            }

            await control.CommandOnParentAsync(argument, ControlAttributes.Resume, "was not resumed", cancellationToken).ConfigureAwait(false);
            await context.Output.WriteLineAsync($"opened {backup} again").ConfigureAwait(false);
            return ExitCode.Ok;
        }

        var target = BackupTarget.Parse(argument);
        await using var opened = OpenedStorage.Open(ChooseStorage(Storage, context), context);
        using var handle = await opened.Storage.ResumeBackupAsync(target.Directory, target.Name, cancellationToken).ConfigureAwait(false);
        try
        {
            var size = await Listing.BackupSize.MeasureAsync(handle, cancellationToken).ConfigureAwait(false);
            var torn = handle.UnfinishedFiles;
            await context.Output.WriteLineAsync($"{target}: {size.Files} files, {torn.Count} of them torn").ConfigureAwait(false);
            foreach (var file in torn)
            {
                await context.Output.WriteLineAsync($"torn {BackupPath.Printable(file)}").ConfigureAwait(false);
            }
        }
        finally
        {
            await handle.SuspendAsync(CancellationToken.None).ConfigureAwait(false);
        }

        return ExitCode.Ok;
    }
}
