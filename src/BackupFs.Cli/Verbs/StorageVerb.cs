using CommandLine;

namespace BackupFs.Cli.Verbs;

/// <summary>What all verbs that open a storage can be told of it, besides which one it is.</summary>
internal abstract class StorageVerb
{
    /// <summary>The configuration file.</summary>
    [Option("config", MetaValue = "FILE", HelpText = "the configuration file, which names storages; the default is $BACKUPFS_CONFIG, else /etc/backupfs/config.json if it exists")]
    public string? Config { get; set; }

    /// <summary>The budget of memory.</summary>
    [Option("memory", MetaValue = "SIZE", HelpText = "object storage: bytes of file content in memory at most; the default is 256MiB, the least 64MiB")]
    public string? Memory { get; set; }

    /// <summary>The bound on requests.</summary>
    [Option("requests", MetaValue = "N", HelpText = "object storage: requests under way at once at most; the default is 32")]
    public string? Requests { get; set; }

    /// <summary>Where files are put that cannot be streamed.</summary>
    [Option("spool", MetaValue = "DIR", HelpText = "object storage: an existing local directory for files that are written in another order than from start to end; without it, such writes are refused")]
    public string? Spool { get; set; }

    /// <summary>How much may be there.</summary>
    [Option("spool-size", MetaValue = "SIZE", HelpText = "bytes in the spool at most; the default is 10GiB")]
    public string? SpoolSize { get; set; }

    /// <summary>Where what was read is kept.</summary>
    [Option("cache", MetaValue = "DIR", HelpText = "object storage: an existing local directory that keeps what was read of complete backups")]
    public string? Cache { get; set; }

    /// <summary>How much may be there.</summary>
    [Option("cache-size", MetaValue = "SIZE", HelpText = "bytes in the cache at most; the default is 10GiB")]
    public string? CacheSize { get; set; }

    /// <summary>The storage meant.</summary>
    /// <param name="storage">What <c>--storage</c> says; null if it is absent.</param>
    /// <param name="context">The world outside.</param>
    /// <exception cref="UsageException">The options make no sense.</exception>
    /// <exception cref="CommandException">The configuration file does not.</exception>
    internal StorageSource ChooseStorage(string? storage, CommandContext context)
    {
        (string Name, string? Value)[] tuning =
        [
            ("memory", Memory), ("requests", Requests), ("spool", Spool), ("spool-size", SpoolSize), ("cache", Cache), ("cache-size", CacheSize),
        ];
        return StorageChoice.Choose(
            storage, Config, tuning.Where(each => each.Value is not null).ToDictionary(each => each.Name, each => each.Value!), context);
    }
}
