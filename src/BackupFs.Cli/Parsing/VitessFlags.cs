using System.Globalization;
using BackupFs.Cli.Configuration;
using BackupFs.Storage;

namespace BackupFs.Cli.Parsing;

/// <summary>
/// Vitess's own flags for backup storages, as its programs take them: with underscores or dashes, with one dash or two,
/// <c>--flag=value</c> or <c>--flag value</c>, switches as <c>--flag</c> or <c>--flag=false</c>. They become the options of ours that mean
/// the same.
/// </summary>
internal static class VitessFlags
{
    private const string Implementation = "backup_storage_implementation";
    private const string Storage = "storage", Levels = "dir-levels", LogLevel = "log-level", S3LogLevel = "s3_backup_log_level";

    /// <summary>Vitess keeps backups in KEYSPACE/SHARD.</summary>
    private const int DirectoryLevels = 2;

    private static readonly Flag[] Flags =
    [
        new(Implementation, Of: null, FlagKind.Text),
        new("file_backup_storage_root", "file", FlagKind.Text),
        new("s3_backup_aws_region", "s3", FlagKind.Text),
        new("s3_backup_aws_retries", "s3", FlagKind.Number),
        new("s3_backup_aws_endpoint", "s3", FlagKind.Text),
        new("s3_backup_aws_min_partsize", "s3", FlagKind.Number),
        new("s3_backup_storage_bucket", "s3", FlagKind.Text),
        new("s3_backup_storage_root", "s3", FlagKind.Text),
        new("s3_backup_force_path_style", "s3", FlagKind.Switch),
        new("s3_backup_tls_skip_verify_cert", "s3", FlagKind.Switch),
        new(S3LogLevel, "s3", FlagKind.Text),
        new("s3_backup_server_side_encryption", "s3", FlagKind.Text),
        new("gcs_backup_storage_bucket", "gcs", FlagKind.Text),
        new("gcs_backup_storage_root", "gcs", FlagKind.Text),
        new("azblob_backup_account_name", "azblob", FlagKind.Text),
        new("azblob_backup_account_key_file", "azblob", FlagKind.Text),
        new("azblob_backup_container_name", "azblob", FlagKind.Text),
        new("azblob_backup_storage_root", "azblob", FlagKind.Text),
        new("azblob_backup_parallelism", "azblob", FlagKind.Number),
        new("azblob_backup_buffer_size", "azblob", FlagKind.Number),
        new("ceph_backup_storage_config", "ceph", FlagKind.Text),
    ];

    /// <summary>How flags begin that are Vitess's and not ours, whatever they mean.</summary>
    private static readonly string[] Prefixes =
    [
        "file_backup", "s3_backup", "gcs_backup", "azblob_backup", "ceph_backup", "backup_", "builtinbackup", "xtrabackup", "xbstream",
        "restore_", "tablet_", "topo_", "mysqlctl_", "mycnf_", "init_",
    ];

    /// <summary>Their names, as Vitess documents them.</summary>
    public static IEnumerable<string> Names => Flags.Select(flag => flag.Name);

    /// <summary>The arguments of a verb with Vitess's flags replaced; the same where there are none.</summary>
    /// <param name="verb">The verb, whose name is the first argument.</param>
    /// <param name="arguments">The arguments.</param>
    /// <exception cref="UsageException">A flag is unknown, is missing or contradicts another; with its name.</exception>
    public static IReadOnlyList<string> Translate(VerbEntry verb, IReadOnlyList<string> arguments)
    {
        if (!verb.Options.Any(option => option.Attribute.LongName == Storage))
        {
            return arguments;
        }

        var given = new Dictionary<string, Given>(StringComparer.Ordinal);
        var rest = new List<string>();
        string? unknown = null;
        for (var i = 1; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument == "--")
            {
                rest.AddRange(arguments.Skip(i));
                break;
            }

            if (argument.Length < 2 || argument[0] != '-' || argument.StartsWith("-o", StringComparison.Ordinal))
            {
                // A list of options is not ours to read, but must not be taken for a flag either.
                rest.Add(argument);
                if (argument == "-o" && i + 1 < arguments.Count)
                {
                    rest.Add(arguments[++i]);
                }

                continue;
            }

            var body = argument.AsSpan(argument[1] == '-' ? 2 : 1).ToString();
            var equals = body.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? body : body[..equals];
            if (Find(name) is { } flag)
            {
                var value = equals >= 0 ? body[(equals + 1)..]
                    : flag.Kind == FlagKind.Switch ? "true"
                    : i + 1 < arguments.Count ? arguments[++i]
                    : throw new UsageException($"--{name} needs a value: --{name}=VALUE", verb.Name);
                given[flag.Name] = new Given(flag, name, Checked(flag, name, value, verb));
                continue;
            }

            var ours = verb.Options.FirstOrDefault(option => option.Attribute.LongName == name);
            unknown ??= ours is null && name.Length > 1 ? name : null;
            rest.Add(argument);
            if (ours is { TakesValue: true } && equals < 0 && i + 1 < arguments.Count)
            {
                rest.Add(arguments[++i]);
            }
        }

        if (unknown is not null && (given.Count > 0 || Prefixes.Any(Normal(unknown).StartsWith)))
        {
            throw NotUnderstood(unknown, verb);
        }

        return given.Count == 0 ? arguments : [arguments[0], .. Translated(given, rest, verb), .. rest];
    }

    private static Flag? Find(string name) => Flags.FirstOrDefault(flag => flag.Name == Normal(name));

    private static string Normal(string name) => name.Replace('-', '_');

    private static UsageException NotUnderstood(string name, VerbEntry verb)
    {
        var meant = Suggestion.For(Normal(name), Names.Concat(verb.Options.Select(option => option.Attribute.LongName)));
        return new UsageException(
            $"--{BackupPath.Printable(name)} means nothing to 'backupfs {verb.Name}'"
            + (meant is null ? $"; of Vitess's flags, these are understood: {string.Join(", ", Names.Select(known => "--" + known))}" : $"; did you mean --{meant}?"),
            verb.Name);
    }

    private static string Checked(Flag flag, string name, string value, VerbEntry verb)
    {
        switch (flag.Kind)
        {
            case FlagKind.Text:
                return value;
            case FlagKind.Number:
                return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
                    ? value
                    : throw Bad(name, value, "a number", verb);
            case FlagKind.Switch:
                // As Go's strconv.ParseBool reads it.
                return value switch
                {
                    "1" or "t" or "T" or "true" or "TRUE" or "True" => "true",
                    "0" or "f" or "F" or "false" or "FALSE" or "False" => "false",
                    _ => throw Bad(name, value, "true or false", verb),
                };
            default:
                throw new ArgumentOutOfRangeException(nameof(flag), flag.Kind, "not a kind of flag");
        }
    }

    private static UsageException Bad(string name, string value, string accepted, VerbEntry verb) =>
        new($"bad value '{BackupPath.Printable(value)}' for --{name}: accepted is {accepted}", verb.Name);

    private static IEnumerable<string> Translated(Dictionary<string, Given> given, List<string> rest, VerbEntry verb)
    {
        var first = given.Values.First().Name;
        if (IsGiven(rest, Storage))
        {
            throw new UsageException($"--{Storage} and --{first} both say where backups are; give one of them", verb.Name);
        }

        if (!given.TryGetValue(Implementation, out var implementation) || implementation.Value.Length == 0)
        {
            throw new UsageException($"--{first} needs --{Implementation}: file, s3, gcs, azblob or ceph", verb.Name);
        }

        if (given.Values.FirstOrDefault(flag => flag.Flag.Of is { } of && of != implementation.Value && flag.Value.Length > 0) is { } other
            && Flags.Any(flag => flag.Of == implementation.Value))
        {
            throw new UsageException($"--{other.Name} is for {other.Flag.Of}, but --{implementation.Name} is {implementation.Value}", verb.Name);
        }

        yield return $"--{Storage}={new VitessLocation(name => given.GetValueOrDefault(name)?.Value, verb.Name).Of(implementation.Value)}";
        if (verb.Options.Any(option => option.Attribute.LongName == Levels) && !IsGiven(rest, Levels))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"--{Levels}={DirectoryLevels}");
        }

        // LogDebug, LogDebugWithSigning and the like; LogOff, the default of Vitess, silences only its SDK.
        if (given.TryGetValue(S3LogLevel, out var level) && level.Value.StartsWith("LogDebug", StringComparison.Ordinal)
            && verb.Options.Any(option => option.Attribute.LongName == LogLevel) && !IsGiven(rest, LogLevel))
        {
            yield return $"--{LogLevel}=debug";
        }
    }

    private static bool IsGiven(List<string> arguments, string option)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument == $"--{option}" || argument.StartsWith($"--{option}=", StringComparison.Ordinal))
            {
                return true;
            }

            var list = !argument.StartsWith("-o", StringComparison.Ordinal) ? "" : argument.Length > 2 ? argument[2..] : arguments.ElementAtOrDefault(i + 1) ?? "";
            if (list.Split(',').Any(each => Normal(each.Split('=')[0]) == Normal(option)))
            {
                return true;
            }
        }

        return false;
    }

    private enum FlagKind
    {
        Text,
        Number,
        Switch,
    }

    private sealed record Flag(string Name, string? Of, FlagKind Kind);

    private sealed record Given(Flag Flag, string Name, string Value);
}
