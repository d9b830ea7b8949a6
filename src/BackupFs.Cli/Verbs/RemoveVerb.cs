using BackupFs.Cli.Help;
using BackupFs.FileSystem;
using BackupFs.Storage;
using CommandLine;

namespace BackupFs.Cli.Verbs;

/// <summary><c>backupfs remove</c>.</summary>
[Verb("remove", HelpText = "remove a complete backup")]
internal sealed class RemoveVerb : StorageVerb, IDocumentedVerb
{
    /// <inheritdoc/>
    public static HelpPage Help { get; } = new(
        ["remove DIRECTORY", "remove --storage URL DIR/NAME"],
        [
            "Removes a complete backup, or one that something else stored. A mount refuses it unless it was mounted with --allow-remove. "
            + "A backup that is not complete is left alone: that is 'backupfs abort'.",
        ],
        [
            new("backupfs remove /mnt/backups/db/monday", "in a mount with --allow-remove"),
            new("backupfs remove --storage /srv/backups db/monday", "without a mount"),
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
        var argument = Arguments.One(Positional, "remove", "backup");
        if (Storage is null && Config is null)
        {
            var control = new ControlClient(context.Composition.MountControl);
            var backup = await control.RequireBackupAsync(argument, cancellationToken).ConfigureAwait(false);
            await control.CommandOnParentAsync(argument, ControlAttributes.Remove, "was not removed", cancellationToken).ConfigureAwait(false);
            await context.Output.WriteLineAsync($"removed {backup}").ConfigureAwait(false);
            return ExitCode.Ok;
        }

        var target = BackupTarget.Parse(argument);
        await using var opened = OpenedStorage.Open(ChooseStorage(Storage, context), context);
        using var found = await opened.Storage.FindBackupAsync(target.Directory, target.Name, cancellationToken).ConfigureAwait(false)
            ?? throw new CommandException($"there is no backup {target} in {opened.Storage.Location}");
        if (found.State is BackupState.Open or BackupState.Incomplete)
        {
            throw new CommandException($"{target} is not complete and was not removed; 'backupfs abort' removes it");
        }

        await opened.Storage.RemoveBackupAsync(target.Directory, target.Name, cancellationToken).ConfigureAwait(false);
        await context.Output.WriteLineAsync($"removed {target}").ConfigureAwait(false);
        return ExitCode.Ok;
    }
}
