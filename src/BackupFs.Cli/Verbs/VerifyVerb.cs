using BackupFs.Cli.Help;
using BackupFs.Cli.Listing;
using BackupFs.Cli.Parsing;
using BackupFs.FileSystem;
using BackupFs.Storage;
using CommandLine;

namespace BackupFs.Cli.Verbs;

/// <summary><c>backupfs verify</c>.</summary>
[Verb("verify", HelpText = "read everything again and compare it with the manifest; names each bad file and block")]
internal sealed class VerifyVerb : StorageVerb, IDocumentedVerb
{
    /// <inheritdoc/>
    public static HelpPage Help { get; } = new(
        ["verify [OPTIONS] PATH", "verify --storage URL [OPTIONS] [DIR | DIR/NAME]"],
        [
            "Reads every byte of a backup from its storage and compares content, sizes, names and metadata with the manifest. PATH is a backup "
            + "in a mount, or a directory above backups: then all ended backups in it are verified. The storage is read directly, so its "
            + "files have to be readable by you.",
            "Exit status 1 if anything is not as it was stored, and if a backup has no manifest to verify against because something "
            + "else stored it (see --allow-foreign).",
        ],
        [
            new("backupfs verify /mnt/backups/db/monday", "one backup"),
            new("backupfs verify /mnt/backups", "all of them"),
            new("backupfs verify --storage file:///srv/backups --allow-foreign", "all in a storage, without a mount"),
        ]);

    /// <summary>A path in a mount, or in the storage.</summary>
    [Value(0, MetaName = "PATH")]
    public IEnumerable<string> Positional { get; set; } = [];

    /// <summary>The storage.</summary>
    [Option("storage", MetaValue = "URL", HelpText = "verify in a storage, without a mount")]
    public string? Storage { get; set; }

    /// <summary>The layout.</summary>
    [Option("dir-levels", MetaValue = "N|auto", HelpText = "directory levels above a backup in the storage, as for mount")]
    public string? DirectoryLevels { get; set; }

    /// <summary>Whether a backup without a manifest is no failure.</summary>
    [Option("allow-foreign", HelpText = "do not fail because of a backup that something else stored: there is nothing to verify it against")]
    public bool AllowForeign { get; set; }

    /// <inheritdoc/>
    public async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var argument = Arguments.OneOrNone(Positional, "verify");
        var levels = OptionValue.DirectoryLevels("dir-levels", DirectoryLevels);
        if (Storage is not null || Config is not null)
        {
            var path = (argument ?? "").Trim('/');
            if (BackupPath.CheckDirectory(path) is { } error)
            {
                throw new UsageException(error.Message, "verify");
            }

            var source = ChooseStorage(Storage, context);
            await using var opened = OpenedStorage.Open(source, context);
            levels ??= DirectoryLevels is null ? source.DirectoryLevels : null;
            levels ??= await LevelDetection.DetectAsync(opened.Storage, cancellationToken).ConfigureAwait(false) ?? 1;
            return await VerifyAsync(opened.Storage, levels.Value, path, context, cancellationToken).ConfigureAwait(false);
        }

        if (argument is null || levels is not null)
        {
            throw new UsageException(argument is null ? "'verify' needs a path in a mount, or --storage URL" : "--dir-levels is for a storage; a mount knows its own", "verify");
        }

        return await VerifyMountedAsync(argument, context, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> VerifyMountedAsync(string argument, CommandContext context, CancellationToken cancellationToken)
    {
        var control = new ControlClient(context.Composition.MountControl);
        var mounted = await control.FindAsync(argument, cancellationToken).ConfigureAwait(false);
        var levels = await control.DirectoryLevelsAsync(mounted, cancellationToken).ConfigureAwait(false);
        var path = mounted.RelativePath;
        if (await control.BackupOfAsync(mounted, cancellationToken).ConfigureAwait(false) is { } backup)
        {
            path = BackupPath.Join(backup.Directory, backup.Name);
            var state = await control.GetAsync(Path.Combine(mounted.MountPoint, path), ControlAttributes.State, cancellationToken).ConfigureAwait(false);
            if (state is not ("complete" or "foreign"))
            {
                throw new CommandException($"{backup} is {state ?? "not there"}: only complete backups can be verified");
            }
        }

        var location = await control.GetAsync(mounted.MountPoint, ControlAttributes.Storage, cancellationToken).ConfigureAwait(false) ?? mounted.Source;
        await using var opened = OpenedStorage.Open(ChooseStorage(location, context), context);
        return await VerifyAsync(opened.Storage, levels, path, context, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> VerifyAsync(IBackupStorage storage, int levels, string path, CommandContext context, CancellationToken cancellationToken)
    {
        var isOne = path.Length > 0 && path.AsSpan().Count('/') == levels;
        var found = await new StorageCatalog(storage, levels).FindAsync(path, cancellationToken).ConfigureAwait(false);
        if (isOne && found is not [{ State: BackupState.Complete or BackupState.Foreign }])
        {
            var target = BackupPath.Printable(path);
            throw new CommandException(found.Count == 0 ? $"there is no backup {target} in {storage.Location}" : $"{target} is not complete: only complete backups can be verified");
        }

        var failed = 0;
        var verified = 0;
        foreach (var backup in found)
        {
            using var handle = backup;
            if (handle.State is BackupState.Complete or BackupState.Foreign)
            {
                verified++;
                failed += await VerifyOneAsync(handle, context, cancellationToken).ConfigureAwait(false) ? 0 : 1;
            }
        }

        if (!isOne)
        {
            await context.Output.WriteLineAsync($"{verified} backups, {failed} not verified or damaged").ConfigureAwait(false);
        }

        return failed == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private async Task<bool> VerifyOneAsync(IBackupHandle handle, CommandContext context, CancellationToken cancellationToken)
    {
        var name = BackupPath.Printable(BackupPath.Join(handle.Directory, handle.Name));
        var result = await VerificationBar.RunAsync(
            name, context, progress => new BackupVerifier().VerifyAsync(handle, progress, cancellationToken)).ConfigureAwait(false);
        foreach (var finding in result.Findings)
        {
            var path = finding.Path.Length == 0 ? name : $"{name}/{BackupPath.Printable(finding.Path)}";
            var block = finding.Block is { } number ? $" (block {number}, bytes {finding.Offset}..{finding.Offset + finding.Length - 1})" : "";
            await context.Output.WriteLineAsync($"{path}: {BackupPath.Printable(finding.Message)}{block}").ConfigureAwait(false);
        }

        var (summary, isGood) = result.Outcome switch
        {
            VerificationOutcome.Intact => ($"intact: {result.Entries} entries, {ByteCount.Format(result.Bytes)}", true),
            VerificationOutcome.Damaged => ($"DAMAGED: {result.Findings.Count} findings", false),
            VerificationOutcome.ManifestUnreadable => ("DAMAGED: its manifest cannot be read", false),
            VerificationOutcome.NoManifest => ("not verified: something else stored it, there is no manifest to verify against", AllowForeign),
        };
        await context.Output.WriteLineAsync($"{name}: {summary}").ConfigureAwait(false);
        return isGood;
    }
}
