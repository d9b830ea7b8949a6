using BackupFs.Cli.Help;
using BackupFs.Cli.Mounting;
using BackupFs.Cli.Parsing;
using BackupFs.FileSystem;
using BackupFs.Mount;
using CommandLine;
using Microsoft.Extensions.Logging;

namespace BackupFs.Cli.Verbs;

/// <summary><c>backupfs mount</c>.</summary>
[Verb("mount", HelpText = "mount a storage; returns when it is ready, or with the error")]
internal sealed class MountVerb : StorageVerb, IDocumentedVerb
{
    /// <inheritdoc/>
    public static HelpPage Help { get; } = new(
        [
            "mount [--storage URL|NAME] [OPTIONS] MOUNTPOINT", "mount --backup_storage_implementation=s3 [VITESS FLAGS] MOUNTPOINT",
            "SOURCE MOUNTPOINT [-o OPTION,OPTION=VALUE...]",
        ],
        [
            "Mounts a storage and goes to the background. A directory below the directory levels is a backup: mkdir starts it, any tool "
            + "writes it, and a rename from NAME.partial to NAME, 'backupfs end', or quiet (see --end) ends it.",
            "Without --storage, the storage is $BACKUPFS_STORAGE, else the default of the configuration file, else /var/lib/backupfs for "
            + "root and $XDG_DATA_HOME/backupfs (~/.local/share/backupfs) for other users. Give a URL that holds a password through the "
            + "environment or the configuration file: arguments can be read by every user of the machine.",
            "The configuration file is JSON: {\"storages\": {\"prod\": {\"url\": \"s3://bucket/root\", \"memory\": \"512MiB\", \"dir-levels\": 2}}, "
            + "\"default\": \"prod\"}; the keys of a storage are url, dir-levels, close, and the options below from memory to cache-size. "
            + "'--storage prod' picks a storage by its name. Paths in it are relative to the file.",
            "Vitess's own flags are understood as they are, with underscores or dashes, in place of --storage; the layout is then two "
            + "directory levels unless --dir-levels says otherwise: " + string.Join(", ", VitessFlags.Names) + ". A mount "
            + "takes s3_backup_aws_min_partsize above 8 MiB, and azblob_backup_buffer_size, in bytes, for part-size= in the URL, and "
            + "azblob_backup_parallelism for upload-parallelism=; what --memory or the store does not allow becomes the nearest that they do, with a "
            + "warning. A log level of s3 that begins with LogDebug is --log-level debug.",
            "The URL of every object storage takes part-size=SIZE (8MiB), the size of the first parts of an upload, an eighth of --memory at most, "
            + "and upload-parallelism=N (6), how many parts of a file are uploaded at a time. README.md has the other parameters.",
            "root needs no package installed; other users need fusermount3 (package fuse3).",
            @"On Windows the default storage and the configuration file are in %ProgramData%\backupfs for administrators; the storage of others "
            + @"is in %LOCALAPPDATA%\backupfs. A mount point is a free drive (X:) or a directory that does not exist yet, and the mount stays in the foreground.",
        ],
        [
            new("backupfs mount /mnt/backups", "the default storage"),
            new("backupfs mount --storage file:///srv/backups --dir-levels 2 /mnt/backups", "a directory, laid out as Vitess does"),
            new("backupfs mount --storage s3://bucket/backups?region=eu-west-1 --dir-levels 2 --memory 1GiB /mnt/backups", "object storage"),
            new("backupfs mount --backup_storage_implementation=s3 --s3_backup_storage_bucket=bucket /mnt/backups", "with the flags of vttablet"),
            new("backupfs mount --end manual --allow-remove /mnt/backups", "nothing ends by itself; complete backups can be removed"),
            new("backupfs mount --read-only --passthrough off /mnt/backups", "restore, with every byte verified as it is read"),
            new("backupfs file:///srv/backups /mnt/backups -o allow_other,ro,dir-levels=2", "the same words as in /etc/fstab"),
        ]);

    /// <summary>The mount point.</summary>
    [Value(0, MetaName = "MOUNTPOINT")]
    public IEnumerable<string> Positional { get; set; } = [];

    /// <summary>The storage.</summary>
    [Option("storage", MetaValue = "URL", HelpText = "where backups are kept: file:///DIR or just a directory, directory:///DIR (see docs/SEMANTICS.md), s3://BUCKET/ROOT, gcs://BUCKET/ROOT, azblob://CONTAINER/ROOT, ceph:///CONFIG.json, or a name of the configuration file")]
    public string? Storage { get; set; }

    /// <summary>The layout.</summary>
    [Option("dir-levels", MetaValue = "N|auto", HelpText = "directory levels above a backup, 1 to 16; auto (the default) looks at what is stored, and takes 1 for an empty storage")]
    public string? DirectoryLevels { get; set; }

    /// <summary>What ends a backup by itself.</summary>
    [Option("end", MetaValue = "POLICY", HelpText = "what ends a backup by itself: idle:TIME (the default is idle:30s) after that long without activity, with all writers ended well; manual: nothing; fsync: 'sync DIR' on the backup's own directory")]
    public string? End { get; set; }

    /// <summary>What close waits for.</summary>
    [Option(ClosePolicyOption.Name, MetaValue = "POLICY", HelpText = "object storage: what close(2) waits for: stored (the default), until the store has confirmed the file; deferred: the file is stored behind the program's back, many at once, fsync and the end of the backup wait for it, and the backup refuses to end if it fails. A local storage always takes everything at once")]
    public string? Close { get; set; }

    /// <summary>Which endings of writers count.</summary>
    [Option("writers", MetaValue = "POLICY", HelpText = "which endings of the programs that write keep a backup from ending: strict (the default) signals and exit statuses, signals, or off")]
    public string? Writers { get; set; }

    /// <summary>Whether complete backups may be removed.</summary>
    [Option("allow-remove", HelpText = "let rm -r and 'backupfs remove' remove complete backups")]
    public bool AllowRemove { get; set; }

    /// <summary>Whether incomplete backups are listed.</summary>
    [Option("show-incomplete", HelpText = "list backups that were never ended, of processes that are gone and of other hosts")]
    public bool ShowIncomplete { get; set; }

    /// <summary>Whether everything is read-only.</summary>
    [Option("read-only", HelpText = "refuse every change")]
    public bool ReadOnly { get; set; }

    /// <summary>Whether other users may use it.</summary>
    [Option("allow-other", HelpText = "let other users in; file modes decide what they may do")]
    public bool AllowOther { get; set; }

    /// <summary>The owner shown.</summary>
    [Option("uid", MetaValue = "N", HelpText = "show this owner for everything")]
    public string? UserId { get; set; }

    /// <summary>The group shown.</summary>
    [Option("gid", MetaValue = "N", HelpText = "show this group for everything")]
    public string? GroupId { get; set; }

    /// <summary>Mode bits hidden.</summary>
    [Option("umask", MetaValue = "OCTAL", HelpText = "hide these mode bits of everything, for example 022")]
    public string? Umask { get; set; }

    /// <summary>What the kernel may move alone.</summary>
    [Option("passthrough", MetaValue = "MODE", HelpText = "let the kernel read and write local files by itself: auto (the default) where it can; writes: reads are verified against the checksums; off")]
    public string? Passthrough { get; set; }

    /// <summary>The least level logged.</summary>
    [Option("log-level", MetaValue = "LEVEL", HelpText = "trace, debug, info (the default), warning or error")]
    public string? LogLevel { get; set; }

    /// <summary>Where to log.</summary>
    [Option("log-file", MetaValue = "FILE", HelpText = "append the log to FILE; the default is standard error in the foreground, else /var/log/backupfs.log for root and $XDG_STATE_HOME/backupfs/backupfs.log (~/.local/state/backupfs/backupfs.log) for other users")]
    public string? LogFile { get; set; }

    /// <summary>Whether to stay.</summary>
    [Option("foreground", HelpText = "stay in the foreground until unmounted, or until SIGINT or SIGTERM")]
    public bool Foreground { get; set; }

    /// <summary>For mount -f: everything but the mount.</summary>
    [Option("fake", Hidden = true, HelpText = "check everything, and do not mount")]
    public bool Fake { get; set; }

    /// <summary>What the kernel is told besides; filled from -o.</summary>
    [Option("kernel-option", Hidden = true, Separator = ',', HelpText = "an option for the kernel")]
    public IEnumerable<string> KernelOptions { get; set; } = [];

    /// <inheritdoc/>
    public async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var request = ToRequest(context);
        request = request with
        {
            MountPoint = context.IsWindows
                ? WindowsMountPointCheck.OfThisMachine.Prepare(request.MountPoint, request.Storage)
                : MountPointCheck.Prepare(request, context, isFake: Fake),
        };
        if (Fake)
        {
            await context.Error.WriteLineAsync("backupfs: everything is in order; not mounted, as -f asks").ConfigureAwait(false);
            return ExitCode.Ok;
        }

        return Foreground || context.IsWindows
            ? await ForegroundMount.RunAsync(request, context, cancellationToken).ConfigureAwait(false)
            : await BackgroundMount.RunAsync(request, context, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The options, checked.</summary>
    /// <exception cref="UsageException">One of them makes no sense.</exception>
    internal MountRequest ToRequest(CommandContext context)
    {
        if (context.IsWindows)
        {
            RefuseOptionsOfLinux();
        }

        var mountPoint = Arguments.One(Positional, "mount", "mount point");
        var (end, settleTime) = EndPolicyOption.Parse("end", End);
        var levels = OptionValue.DirectoryLevels("dir-levels", DirectoryLevels);
        var source = ChooseStorage(Storage, context);
        var isDeferred = Close is null
            ? source.DefersCloses : ClosePolicyOption.IsDeferred(Close, accepted => OptionValue.Bad(ClosePolicyOption.Name, Close, accepted));
        return new MountRequest
        {
            Storage = source.Location,
            Objects = source.Objects,
            MountPoint = context.IsWindows && WindowsMountPointCheck.IsDrive(mountPoint) ? mountPoint : Path.GetFullPath(mountPoint),
            FileSystem = new FileSystemOptions
            {
                DirectoryLevels = DirectoryLevels is null ? source.DirectoryLevels : levels,
                End = end,
                SettleTime = settleTime,
                DeferredCloses = ClosePolicyOption.DeferredCloses(isDeferred, source.Objects.Requests),
                Writers = OptionValue.Choice(
                    "writers", Writers, WriterPolicy.Strict, ("strict", WriterPolicy.Strict), ("signals", WriterPolicy.Signals), ("off", WriterPolicy.Off)),
                AllowRemove = AllowRemove,
                ShowIncomplete = ShowIncomplete,
                ReadOnly = ReadOnly,
            },
            AllowOther = AllowOther,
            UserId = OptionValue.Id("uid", UserId),
            GroupId = OptionValue.Id("gid", GroupId),
            Umask = OptionValue.Umask("umask", Umask),
            Passthrough = OptionValue.Choice(
                "passthrough", Passthrough, PassthroughMode.Auto, ("auto", PassthroughMode.Auto), ("writes", PassthroughMode.Writes), ("off", PassthroughMode.Off)),
            KernelOptions = [.. KernelOptions],
            LogLevel = OptionValue.Choice(
                "log-level",
                LogLevel,
                Microsoft.Extensions.Logging.LogLevel.Information,
                ("trace", Microsoft.Extensions.Logging.LogLevel.Trace),
                ("debug", Microsoft.Extensions.Logging.LogLevel.Debug),
                ("info", Microsoft.Extensions.Logging.LogLevel.Information),
                ("warning", Microsoft.Extensions.Logging.LogLevel.Warning),
                ("error", Microsoft.Extensions.Logging.LogLevel.Error)),
            LogFile = LogFile is { Length: 0 } ? throw new UsageException("--log-file needs a file", "mount")
                : LogFile is not null ? Path.GetFullPath(LogFile)
                : Foreground || context.IsWindows ? null : Logging.LogFile.DefaultPath(context),
        };
    }

    private void RefuseOptionsOfLinux()
    {
        (string Option, bool IsGiven, string Why)[] options =
        [
            ("--foreground", Foreground, "a mount stays in the foreground there until Ctrl-C, or runs as a service"),
            ("--passthrough", Passthrough is not null, "WinFsp has nothing like it"),
            ("--fake", Fake, "it is mount(8) that asks for it"),
            ("--kernel-option", KernelOptions.Any(), "it is for Linux's kernel"),
        ];
        foreach (var (option, _, why) in options.Where(option => option.IsGiven))
        {
            throw new UsageException($"{option} is not for Windows: {why}", "mount");
        }
    }
}
