using System.Text.Json;
using BackupFs.Cli.Help;
using BackupFs.Cli.Listing;
using BackupFs.Cli.Mounting;
using BackupFs.FileSystem;
using BackupFs.Mount;
using BackupFs.Storage;
using CommandLine;

namespace BackupFs.Cli.Verbs;

/// <summary><c>backupfs status</c>.</summary>
[Verb("status", HelpText = "say what goes on in a mount or a backup, and what keeps a backup from ending")]
internal sealed class StatusVerb : IDocumentedVerb
{
    /// <inheritdoc/>
    public static HelpPage Help { get; } = new(
        ["status [--json] PATH"],
        [
            "For a mount point: the storage, the layout, the process, and the backups that are not ended. For a backup: its state, what "
            + "goes on in it, and each reason why it cannot be ended.",
        ],
        [
            new("backupfs status /mnt/backups", "the whole mount"),
            new("backupfs status /mnt/backups/db/monday", "one backup"),
        ]);

    /// <summary>The mount point or backup.</summary>
    [Value(0, MetaName = "PATH")]
    public IEnumerable<string> Positional { get; set; } = [];

    /// <summary>Whether to write JSON.</summary>
    [Option("json", HelpText = "write JSON")]
    public bool Json { get; set; }

    /// <inheritdoc/>
    public async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var path = Arguments.One(Positional, "status", "mount point or backup");
        var control = new ControlClient(context.Composition.MountControl);
        var mounted = await control.FindAsync(path, cancellationToken).ConfigureAwait(false);
        var backup = await control.BackupOfAsync(mounted, cancellationToken).ConfigureAwait(false);
        await (backup is null
            ? WriteMountAsync(mounted, control, context, cancellationToken)
            : WriteBackupAsync(mounted, backup, control, context, cancellationToken)).ConfigureAwait(false);
        return ExitCode.Ok;
    }

    private async Task WriteMountAsync(MountedPath mounted, ControlClient control, CommandContext context, CancellationToken cancellationToken)
    {
        var root = mounted.MountPoint;
        var storage = await control.GetAsync(root, ControlAttributes.Storage, cancellationToken).ConfigureAwait(false) ?? mounted.Source;
        var levels = await control.DirectoryLevelsAsync(mounted, cancellationToken).ConfigureAwait(false);
        var process = await control.GetAsync(root, ControlAttributes.ProcessId, cancellationToken).ConfigureAwait(false);
        var open = DrainOutcome.Parse(await control.GetAsync(root, ControlAttributes.Report, cancellationToken).ConfigureAwait(false)).Left;
        if (Json)
        {
            var document = new { mountPoint = root, storage, directoryLevels = levels, processId = process, open };
            await context.Output.WriteLineAsync(JsonSerializer.Serialize(document, RowWriter.Json)).ConfigureAwait(false);
            return;
        }

        await context.Output.WriteLineAsync($"storage: {BackupPath.Printable(storage)}").ConfigureAwait(false);
        await context.Output.WriteLineAsync($"mount point: {BackupPath.Printable(root)}").ConfigureAwait(false);
        await context.Output.WriteLineAsync($"directory levels: {levels}").ConfigureAwait(false);
        await context.Output.WriteLineAsync($"process: {process ?? "-"}").ConfigureAwait(false);
        foreach (var backup in open)
        {
            var reason = backup.Reason.Length == 0 ? "" : $": {backup.Reason}";
            await context.Output.WriteLineAsync(BackupPath.Printable($"{backup.State} {backup.Backup}{reason}")).ConfigureAwait(false);
        }
    }

    private async Task WriteBackupAsync(
        MountedPath mounted, BackupTarget backup, ControlClient control, CommandContext context, CancellationToken cancellationToken)
    {
        var path = Path.Combine(mounted.MountPoint, backup.Directory, backup.Name);
        var state = await control.GetAsync(path, ControlAttributes.State, cancellationToken).ConfigureAwait(false) ?? "-";
        var status = StatusText.Parse(await control.GetAsync(path, ControlAttributes.Status, cancellationToken).ConfigureAwait(false));
        var reasons = (await control.GetAsync(path, ControlAttributes.Error, cancellationToken).ConfigureAwait(false) ?? "")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var entries = status.Entries.Where(entry => entry.Key != "state").ToList();
        if (Json)
        {
            var details = entries.GroupBy(entry => entry.Key).ToDictionary(group => group.Key, group => string.Join('\n', group.Select(entry => entry.Value)));
            var document = new { path = backup.ToString(), state, details, reasons };
            await context.Output.WriteLineAsync(JsonSerializer.Serialize(document, RowWriter.Json)).ConfigureAwait(false);
            return;
        }

        await context.Output.WriteLineAsync($"backup: {backup}").ConfigureAwait(false);
        await context.Output.WriteLineAsync($"state: {state}").ConfigureAwait(false);
        foreach (var (key, value) in entries)
        {
            await context.Output.WriteLineAsync(BackupPath.Printable($"{key}: {value}")).ConfigureAwait(false);
        }

        foreach (var reason in reasons)
        {
            await context.Output.WriteLineAsync(BackupPath.Printable($"cannot be ended: {reason}")).ConfigureAwait(false);
        }
    }
}
