using System.Text;
using BackupFs.Cli.Help;
using BackupFs.FileSystem;
using BackupFs.Storage;
using CommandLine;

namespace BackupFs.Cli.Verbs;

/// <summary><c>backupfs checksums</c>.</summary>
[Verb("checksums", HelpText = "print the SHA256SUMS of a complete backup, for sha256sum -c")]
internal sealed class ChecksumsVerb : StorageVerb, IDocumentedVerb
{
    /// <inheritdoc/>
    public static HelpPage Help { get; } = new(
        ["checksums DIRECTORY", "checksums --storage URL DIR/NAME"],
        [
            "Prints a line for each file of a complete backup as sha256sum does. The sums were taken while the files were stored: checking "
            + "a restored copy against them proves that nothing changed on the whole way. DIRECTORY may be a directory within a backup.",
        ],
        [
            new("backupfs checksums /mnt/backups/db/monday > SHA256SUMS", "keep them"),
            new("cp -a /mnt/backups/db/monday /srv/restored && cd /srv/restored && sha256sum -c --quiet SHA256SUMS", "check a restored copy"),
        ]);

    /// <summary>The backup.</summary>
    [Value(0, MetaName = "DIRECTORY")]
    public IEnumerable<string> Positional { get; set; } = [];

    /// <summary>The storage, to do without a mount.</summary>
    [Option("storage", MetaValue = "URL", HelpText = "read a storage, without a mount")]
    public string? Storage { get; set; }

    /// <inheritdoc/>
    public async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var argument = Arguments.One(Positional, "checksums", "backup");
        await (Storage is null && Config is null
            ? WriteFromMountAsync(argument, context, cancellationToken)
            : WriteFromStorageAsync(BackupTarget.Parse(argument), context, cancellationToken)).ConfigureAwait(false);
        return ExitCode.Ok;
    }

    private async Task WriteFromStorageAsync(BackupTarget target, CommandContext context, CancellationToken cancellationToken)
    {
        await using var opened = OpenedStorage.Open(ChooseStorage(Storage, context), context);
        using var handle = await opened.Storage.FindBackupAsync(target.Directory, target.Name, cancellationToken).ConfigureAwait(false)
            ?? throw new CommandException($"there is no backup {target} in {opened.Storage.Location}");
        var manifest = await handle.ReadManifestAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new CommandException($"{target} has no checksums: it is {(handle.State == BackupState.Foreign ? "not of BackupFs" : "not complete")}");
        var text = new MemoryStream();
        Sha256Sums.Write(manifest, text);
        await context.Output.WriteAsync(Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length)).ConfigureAwait(false);
    }

    private static async Task WriteFromMountAsync(string argument, CommandContext context, CancellationToken cancellationToken)
    {
        var control = new ControlClient(context.Composition.MountControl);
        var mounted = await control.FindAsync(argument, cancellationToken).ConfigureAwait(false);
        var backup = await control.BackupOfAsync(mounted, cancellationToken).ConfigureAwait(false)
            ?? throw new CommandException($"'{ControlClient.Shown(argument)}' is above the backups; name one backup");
        var root = Path.Combine(mounted.MountPoint, backup.Directory, backup.Name);
        var state = await control.GetAsync(root, ControlAttributes.State, cancellationToken).ConfigureAwait(false);
        if (state != "complete")
        {
            throw new CommandException($"{backup} has no checksums: it is {state}");
        }

        var start = Path.Combine(mounted.MountPoint, mounted.RelativePath);

        // A symbolic link has no content of its own; what it leads to, perhaps in a circle, is not to be listed again. And a list
        // that lacks what cannot be looked at would pass for a whole one.
        var everything = new EnumerationOptions
        {
            RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false,
        };
        foreach (var file in new DirectoryInfo(start).EnumerateFiles("*", everything).OrderBy(file => file.FullName, StringComparer.Ordinal))
        {
            // Device nodes have no sum.
            if (await control.GetAsync(file.FullName, ControlAttributes.Sha256, cancellationToken).ConfigureAwait(false) is { } sum)
            {
                await context.Output.WriteLineAsync(Line(sum, Path.GetRelativePath(start, file.FullName))).ConfigureAwait(false);
            }
        }
    }

    // As GNU coreutils: a leading backslash announces escapes in the name. Control characters cannot be in a stored name.
    private static string Line(string sum, string path) =>
        path.Contains('\\', StringComparison.Ordinal) ? $"\\{sum}  {path.Replace("\\", "\\\\", StringComparison.Ordinal)}" : $"{sum}  {path}";
}
