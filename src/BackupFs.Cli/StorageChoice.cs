using BackupFs.Cli.Configuration;
using BackupFs.Cli.Parsing;
using BackupFs.Storage;

namespace BackupFs.Cli;

/// <summary>Finds out which storage is meant: by options, the environment and the configuration file, in this order.</summary>
internal static class StorageChoice
{
    /// <summary>The storage meant.</summary>
    /// <param name="storage">What <c>--storage</c> says: a URL, a path, or a name of the configuration file; null if it is absent.</param>
    /// <param name="configuration">What <c>--config</c> says; null if it is absent.</param>
    /// <param name="tuning">The other options given, by name as in <see cref="StorageTuning"/>.</param>
    /// <param name="context">The world outside.</param>
    /// <exception cref="UsageException">An option makes no sense.</exception>
    /// <exception cref="CommandException">The configuration file does.</exception>
    public static StorageSource Choose(
        string? storage, string? configuration, IReadOnlyDictionary<string, string> tuning, CommandContext context)
    {
        var source = Find(storage, configuration, context);
        var objects = source.Objects;
        foreach (var (name, value) in tuning)
        {
            objects = StorageTuning.With(
                objects, name, value, Environment.CurrentDirectory, accepted => OptionValue.Bad(name, value, accepted));
        }

        RequireFor("spool", objects.SpoolDirectory);
        RequireFor("cache", objects.CacheDirectory);
        return source with { Objects = objects };

        void RequireFor(string directory, string? path)
        {
            if (path is null && tuning.ContainsKey(directory + "-size"))
            {
                throw new UsageException($"--{directory}-size needs --{directory} DIR");
            }
        }
    }

    /// <summary>Whether text names a storage of the configuration file: it is neither a URL nor a path.</summary>
    public static bool IsName(string text) => text.Length > 0 && text.AsSpan().IndexOfAny(":/\\\0") < 0 && text is not ("." or "..");

    private static StorageSource Find(string? storage, string? configuration, CommandContext context)
    {
        var chosen = storage
            ?? (configuration is null ? NotEmpty(context.GetEnvironment(StorageLocation.EnvironmentVariable)) : null);
        if (chosen is not null && !IsName(chosen))
        {
            return new StorageSource(StorageLocation.Choose(chosen, context));
        }

        var file = ConfigurationFile.Find(configuration, isNeeded: chosen is not null, context);
        if (chosen is null)
        {
            return file?.Default is { } name ? file.Storages[name]
                : configuration is null ? new StorageSource(StorageLocation.Choose(null, context))
                : throw new CommandException($"{file!.Path} names no default storage: use --storage NAME{Known(file)}");
        }

        var shown = BackupPath.Printable(chosen);
        return file is null
            ? throw new CommandException($"there is no configuration file that could name a storage '{shown}'; a directory is written ./{shown}")
            : file.Storages.TryGetValue(chosen, out var named) ? named
            : throw new CommandException($"{file.Path} has no storage '{shown}'{Known(file)}; a directory is written ./{shown}");
    }

    private static string Known(StorageConfiguration file) => file.Storages.Count == 0
        ? ""
        : $" (there {(file.Storages.Count == 1 ? "is" : "are")} {string.Join(", ", file.Storages.Keys.Order(StringComparer.Ordinal))})";

    private static string? NotEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
