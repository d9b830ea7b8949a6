using BackupFs.Cli.Help;
using BackupFs.FileSystem;
using CommandLine;

namespace BackupFs.Cli.Verbs;

/// <summary><c>backupfs accept</c>.</summary>
[Verb("accept", HelpText = "say that a torn file, or a backup whose writer was killed, is good nevertheless")]
internal sealed class AcceptVerb : IDocumentedVerb
{
    /// <inheritdoc/>
    public static HelpPage Help { get; } = new(
        ["accept PATH"],
        [
            "A file is torn when the program that wrote it, or one that fed it through a pipe, was killed or failed. Its backup cannot be "
            + "ended until the file is written again, removed, or accepted. The manifest records what was accepted.",
            "PATH is a file, or a directory: then everything torn below it is accepted.",
        ],
        [
            new("backupfs status /mnt/backups/db/monday", "what is torn, and why?"),
            new("backupfs accept /mnt/backups/db/monday/dump.sql", "that file is good"),
        ]);

    /// <summary>The file or directory.</summary>
    [Value(0, MetaName = "PATH")]
    public IEnumerable<string> Positional { get; set; } = [];

    /// <inheritdoc/>
    public async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var path = Arguments.One(Positional, "accept", "file or directory");
        var control = new ControlClient(context.Composition.MountControl);
        await control.FindAsync(path, cancellationToken).ConfigureAwait(false);
        await control.CommandAsync(
            path, ControlAttributes.Accept, "1", $"'{ControlClient.Shown(path)}' was not accepted", cancellationToken).ConfigureAwait(false);
        await context.Output.WriteLineAsync($"accepted {ControlClient.Shown(path)}").ConfigureAwait(false);
        return ExitCode.Ok;
    }
}
