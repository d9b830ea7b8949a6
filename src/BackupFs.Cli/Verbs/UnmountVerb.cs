using BackupFs.Cli.Help;
using BackupFs.Cli.Mounting;
using BackupFs.Cli.Parsing;
using BackupFs.FileSystem;
using CommandLine;

namespace BackupFs.Cli.Verbs;

/// <summary><c>backupfs unmount</c>.</summary>
[Verb("unmount", aliases: ["umount"], HelpText = "end what can be ended, unmount, and say what stays incomplete")]
internal sealed class UnmountVerb : IDocumentedVerb
{
    /// <inheritdoc/>
    public static HelpPage Help { get; } = new(
        ["unmount [OPTIONS] MOUNTPOINT"],
        [
            "Waits for what is still being stored, ends the backups that are whole if the mount's end policy is idle, unmounts, and waits "
            + "until the background process is gone. Backups that are not complete are named with the reason; they are kept, for "
            + "'backupfs resume' or 'backupfs abort'.",
            "Exit status 1 if a backup stays incomplete (the mount is gone nevertheless), or if it could not be unmounted.",
        ],
        [
            new("backupfs unmount /mnt/backups", "unmount; exit status 0 means that nothing was left incomplete"),
            new("backupfs unmount --timeout 10m /mnt/backups", "do not wait longer than that, and stay mounted then"),
            new("backupfs unmount --lazy /mnt/backups", "although programs still use it"),
        ]);

    /// <summary>The mount point.</summary>
    [Value(0, MetaName = "MOUNTPOINT")]
    public IEnumerable<string> Positional { get; set; } = [];

    /// <summary>Whether to detach a busy mount.</summary>
    [Option("lazy", HelpText = "detach the mount although programs use it; they get errors")]
    public bool Lazy { get; set; }

    /// <summary>How long to wait.</summary>
    [Option("timeout", MetaValue = "TIME", HelpText = "fail when it takes longer than TIME; the default waits as long as it takes")]
    public string? Timeout { get; set; }

    /// <inheritdoc/>
    public async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var path = Arguments.One(Positional, "unmount", "mount point");
        var timeout = OptionValue.Time("timeout", Timeout);
        using var limit = new CancellationTokenSource(timeout ?? System.Threading.Timeout.InfiniteTimeSpan, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await UnmountAsync(path, context, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CommandException($"'{ControlClient.Shown(path)}' was not unmounted within {Duration.Format(timeout!.Value)}; backups are still being "
                + $"stored, see 'backupfs status {ControlClient.Shown(path)}'");
        }
    }

    private async Task<int> UnmountAsync(string path, CommandContext context, CancellationToken cancellationToken)
    {
        var control = new ControlClient(context.Composition.MountControl);
        if (context.Composition.MountControl.IsDead(path))
        {
            await control.UnmountAsync(Path.GetFullPath(path), lazy: true, cancellationToken).ConfigureAwait(false);
            await context.Output.WriteLineAsync($"detached {ControlClient.Shown(path)}: its process was gone already").ConfigureAwait(false);
            return ExitCode.Ok;
        }

        var mounted = await control.FindAsync(path, cancellationToken).ConfigureAwait(false);
        if (mounted.RelativePath.Length > 0)
        {
            throw new CommandException(
                $"'{ControlClient.Shown(path)}' is not a mount point; it is in the mount at '{ControlClient.Shown(mounted.MountPoint)}'");
        }

        var root = mounted.MountPoint;
        var daemon = ProcessWait.For(await control.GetAsync(root, ControlAttributes.ProcessId, cancellationToken).ConfigureAwait(false));
        var outcome = DrainOutcome.Parse(await control.GetAsync(root, ControlAttributes.Report, cancellationToken).ConfigureAwait(false));

        // A mount without an open backup has nothing to drain; if it is read-only, it could not even be asked to.
        if (outcome.Left.Count > 0)
        {
            await control.CommandAsync(
                root, ControlAttributes.Drain, "1", $"'{ControlClient.Shown(root)}' could not be drained", cancellationToken).ConfigureAwait(false);
            outcome = DrainOutcome.Parse(await control.GetAsync(root, ControlAttributes.Report, cancellationToken).ConfigureAwait(false));
        }

        foreach (var line in outcome.Lines())
        {
            await context.Output.WriteLineAsync(Storage.BackupPath.Printable(line)).ConfigureAwait(false);
        }

        await control.UnmountAsync(root, Lazy, cancellationToken).ConfigureAwait(false);

        // A lazily detached mount lives on until its last user is gone; nobody wants to wait for that.
        if (daemon is not null && !Lazy)
        {
            await daemon.WaitAsync(context.Time, cancellationToken).ConfigureAwait(false);
        }

        await context.Output.WriteLineAsync($"unmounted {ControlClient.Shown(root)}").ConfigureAwait(false);
        return outcome.Left.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }
}
