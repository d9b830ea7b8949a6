using BackupFs.Cli.Help;
using BackupFs.Cli.Listing;
using BackupFs.Cli.Parsing;
using BackupFs.FileSystem;
using BackupFs.Storage;
using CommandLine;

namespace BackupFs.Cli.Verbs;

/// <summary><c>backupfs list</c>.</summary>
[Verb("list", aliases: ["ls"], HelpText = "list backups with their states")]
internal sealed class ListVerb : StorageVerb, IDocumentedVerb
{
    /// <inheritdoc/>
    public static HelpPage Help { get; } = new(
        ["list [OPTIONS] DIRECTORY", "list [--storage URL] [OPTIONS] [DIR]"],
        [
            "Lists the backups below a directory of a mount: name, state, start, files, size. With --storage, or without an argument "
            + "that is in a mount, it reads the storage itself and also lists incomplete backups; what a live process has open is not among them.",
            "On a terminal it prints a table; otherwise tab-separated lines with times in UTC and sizes in bytes, '-' for what is not known.",
        ],
        [
            new("backupfs list /mnt/backups", "all backups of a mount"),
            new("backupfs list --storage file:///srv/backups db", "those in the directory db of a storage"),
            new("backupfs list --json | jq -r '.[] | select(.state != \"complete\").path'", "what is not complete in the default storage"),
        ]);

    /// <summary>A directory in a mount, or in the storage.</summary>
    [Value(0, MetaName = "DIRECTORY")]
    public IEnumerable<string> Positional { get; set; } = [];

    /// <summary>The storage.</summary>
    [Option("storage", MetaValue = "URL", HelpText = "list a storage, without a mount; the default is as for mount")]
    public string? Storage { get; set; }

    /// <summary>The layout.</summary>
    [Option("dir-levels", MetaValue = "N|auto", HelpText = "directory levels above a backup in the storage, as for mount")]
    public string? DirectoryLevels { get; set; }

    /// <summary>Whether to write JSON.</summary>
    [Option("json", HelpText = "write JSON")]
    public bool Json { get; set; }

    /// <inheritdoc/>
    public async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var argument = Arguments.OneOrNone(Positional, "list");
        var levels = OptionValue.DirectoryLevels("dir-levels", DirectoryLevels);
        if (Storage is null && Config is null && argument is not null)
        {
            if (levels is not null)
            {
                throw new UsageException("--dir-levels is for a storage; a mount knows its own", "list");
            }

            var control = new ControlClient(context.Composition.MountControl);
            var mounted = await control.FindAsync(argument, cancellationToken).ConfigureAwait(false);
            RowWriter.Write(await new MountCatalog(control).ListAsync(mounted, cancellationToken).ConfigureAwait(false), context, Json);
            return ExitCode.Ok;
        }

        var directory = (argument ?? "").Trim('/');
        if (BackupPath.CheckDirectory(directory) is { } error)
        {
            throw new UsageException(error.Message, "list");
        }

        var source = ChooseStorage(Storage, context);
        await using var opened = OpenedStorage.Open(source, context);
        levels ??= DirectoryLevels is null ? source.DirectoryLevels : null;
        var catalog = new StorageCatalog(opened.Storage, levels ?? await LevelDetection.DetectAsync(opened.Storage, cancellationToken).ConfigureAwait(false) ?? 1);
        var rows = new List<BackupRow>();
        foreach (var found in await catalog.FindAsync(directory, cancellationToken).ConfigureAwait(false))
        {
            using var handle = found;
            rows.Add(await StorageCatalog.DescribeAsync(handle, cancellationToken).ConfigureAwait(false));
        }

        RowWriter.Write(rows, context, Json);
        return ExitCode.Ok;
    }
}
