using BackupFs.Cli.Help;
using BackupFs.FileSystem;
using BackupFs.Storage;
using CommandLine;

namespace BackupFs.Cli.Verbs;

/// <summary><c>backupfs end</c>.</summary>
[Verb("end", HelpText = "end a backup: returns when it is complete and durable, or with the reasons")]
internal sealed class EndVerb : StorageVerb, IDocumentedVerb
{
    private const string Partial = ".partial";

    /// <inheritdoc/>
    public static HelpPage Help { get; } = new(
        ["end DIRECTORY", "end --storage URL DIR/NAME"],
        [
            "Ends the backup in DIRECTORY, as the rename from NAME.partial to NAME does. It returns when the backup is complete and survives "
            + "a crash of the machine. It is refused with each reason when a file is torn, failed or still open.",
            "With --storage it ends a backup that no mount has open: one that was left behind when its process died. That is "
            + "refused if a file was being written at the time.",
        ],
        [
            new("backupfs end /mnt/backups/db/monday", "end it"),
            new("backupfs end --storage /srv/backups db/monday", "end what a dead process left, if every file in it was closed"),
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
        var argument = Arguments.One(Positional, "end", "backup");
        if (Storage is null && Config is null)
        {
            var path = Path.TrimEndingDirectorySeparator(argument);
            if (!Directory.Exists(path) && Directory.Exists(path + Partial))
            {
                // Started as NAME.partial, so shown as that; NAME is what it will be.
                path += Partial;
            }

            var control = new ControlClient(context.Composition.MountControl);
            var backup = await control.RequireBackupAsync(path, cancellationToken).ConfigureAwait(false);
            await control.CommandAsync(
                path, ControlAttributes.State, "complete", $"'{ControlClient.Shown(path)}' was not ended", cancellationToken).ConfigureAwait(false);
            await context.Output.WriteLineAsync($"completed {backup}").ConfigureAwait(false);
            return ExitCode.Ok;
        }

        var target = BackupTarget.Parse(argument);
        await using var opened = OpenedStorage.Open(ChooseStorage(Storage, context), context);
        using var handle = await opened.Storage.ResumeBackupAsync(target.Directory, target.Name, cancellationToken).ConfigureAwait(false);
        try
        {
            if (handle.UnfinishedFiles.Count > 0)
            {
                throw new CommandException(
                    $"{target} was not ended; being written when its process died, so not to be trusted:"
                    + string.Concat(handle.UnfinishedFiles.Select(file => $"\n  {BackupPath.Printable(file)}"))
                    + "\nMount the storage and run 'backupfs resume' to write them again, or 'backupfs abort' to remove the backup");
            }

            await handle.EndBackupAsync(
                BackupNotes.None with { Accepted = ["ended by 'backupfs end --storage' after its process was gone"] }, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await handle.SuspendAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await context.Output.WriteLineAsync($"completed {target}").ConfigureAwait(false);
        return ExitCode.Ok;
    }
}
