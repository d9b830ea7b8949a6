namespace BackupFs.Cli.Parsing;

/// <summary>
/// The style of mount(8): <c>SOURCE MOUNTPOINT [-sfnv] [-o a,b=c]</c>, with options as they stand in /etc/fstab. It is
/// rewritten into the long options of <c>backupfs mount</c>, so that there is one parser and one list of options.
/// </summary>
internal static class MountStyle
{
    /// <summary>Options of mount(8) and fstab(5) that are for other programs, or say what is the case anyway.</summary>
    private static readonly HashSet<string> Ignored = new(StringComparer.Ordinal)
    {
        "defaults", "rw", "auto", "noauto", "user", "nouser", "users", "nousers", "owner", "noowner", "group", "nogroup", "nofail",
        "_netdev", "_rnetdev", "dev", "suid", "exec", "atime", "diratime", "async", "loud", "mand", "nomand", "default_permissions",
        "nonempty", "fsname", "subtype", "comment",
    };

    /// <summary>Options that the kernel understands for every file system.</summary>
    private static readonly HashSet<string> Kernel = new(StringComparer.Ordinal)
    {
        "nodev", "nosuid", "noexec", "noatime", "nodiratime", "relatime", "norelatime", "strictatime", "nostrictatime", "lazytime",
        "nolazytime", "sync", "dirsync", "nosymfollow", "silent",
    };

    /// <summary>
    /// Whether arguments without a verb are a mount: the first one is not an option and could be a storage (it has a slash
    /// or a colon), as no misspelt verb has.
    /// </summary>
    public static bool IsMount(IReadOnlyList<string> arguments) =>
        arguments.Count >= 2 && !arguments[0].StartsWith('-') && arguments[0].AsSpan().IndexOfAny('/', ':') >= 0;

    /// <summary>The same as arguments of <c>backupfs mount</c>.</summary>
    /// <exception cref="UsageException">There are not two arguments besides options.</exception>
    public static IReadOnlyList<string> ToMountArguments(IReadOnlyList<string> arguments, bool isHelper)
    {
        var rest = new List<string>();
        var names = new List<string>();
        var flags = isHelper ? "sfnvwr" : "sfnv";
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument is "-t" or "-N" && isHelper)
            {
                i++;
            }
            else if (argument.Length > 1 && argument[0] == '-' && argument.AsSpan(1).IndexOfAnyExcept(flags) < 0)
            {
                // mount -f asks to do everything except the mount itself; other programs use -f otherwise.
                rest.AddRange(isHelper && argument.Contains('f', StringComparison.Ordinal) ? ["--fake"] : []);
                rest.AddRange(isHelper && argument.Contains('r', StringComparison.Ordinal) ? ["-o", "ro"] : []);
            }
            else if (argument is "-o" && i + 1 < arguments.Count)
            {
                rest.AddRange([argument, arguments[++i]]);
            }
            else if (argument.StartsWith('-') || names.Count == 2)
            {
                rest.Add(argument);
            }
            else
            {
                names.Add(argument);
            }
        }

        return names.Count == 2
            ? ["--storage", names[0], .. rest, names[1]]
            : throw new UsageException("a storage and a mount point are needed: backupfs SOURCE MOUNTPOINT [-o OPTION,OPTION=VALUE]", "mount");
    }

    /// <summary>
    /// Replaces each <c>-o a,b=c</c> by long options. Underscores stand for dashes. A comma within a value is written
    /// <c>\,</c>.
    /// </summary>
    /// <param name="arguments">Those of <c>backupfs mount</c>.</param>
    /// <param name="longNames">The long options there are, with whether they take a value.</param>
    public static IReadOnlyList<string> ExpandOptionLists(
        IReadOnlyList<string> arguments, IReadOnlyDictionary<string, bool> longNames)
    {
        var result = new List<string>();
        var kernelOptions = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument == "--")
            {
                result.AddRange(arguments.Skip(i));
                break;
            }

            if (!argument.StartsWith("-o", StringComparison.Ordinal))
            {
                result.Add(argument);
                continue;
            }

            var list = argument.Length > 2 ? argument[2..] : i + 1 < arguments.Count ? arguments[++i]
                : throw new UsageException("-o needs a list of options, such as -o ro,allow_other", "mount");
            foreach (var option in Split(list))
            {
                if (Kernel.Contains(option))
                {
                    kernelOptions.Add(option);
                }
                else
                {
                    result.AddRange(Expand(option, longNames));
                }
            }
        }

        return kernelOptions.Count == 0 ? result : [$"--kernel-option={string.Join(',', kernelOptions)}", .. result];
    }

    private static IEnumerable<string> Expand(string option, IReadOnlyDictionary<string, bool> longNames)
    {
        var equals = option.IndexOf('=', StringComparison.Ordinal);
        var given = equals < 0 ? option : option[..equals];
        var name = given == "ro" ? "read-only" : given.Replace('_', '-');
        if (longNames.TryGetValue(name, out var takesValue))
        {
            return takesValue == (equals >= 0)
                ? [equals < 0 ? $"--{name}" : $"--{name}={option[(equals + 1)..]}"]
                : throw new UsageException(takesValue ? $"-o {given} needs a value: {given}=VALUE" : $"-o {given} takes no value", "mount");
        }

        if (Ignored.Contains(given) || given.StartsWith("x-", StringComparison.Ordinal) || given.Length == 0)
        {
            return [];
        }

        var meant = Suggestion.For(given.Replace('_', '-'), longNames.Keys);
        throw new UsageException(
            $"-o {BackupFs.Storage.BackupPath.Printable(given)}: there is no such mount option" + (meant is null ? "" : $"; did you mean {meant}?"), "mount");
    }

    private static IEnumerable<string> Split(string list)
    {
        var part = new System.Text.StringBuilder();
        for (var i = 0; i < list.Length; i++)
        {
            if (list[i] == '\\' && i + 1 < list.Length && list[i + 1] is (',' or '\\'))
            {
                part.Append(list[++i]);
            }
            else if (list[i] == ',')
            {
                yield return part.ToString();
                part.Clear();
            }
            else
            {
                part.Append(list[i]);
            }
        }

        yield return part.ToString();
    }
}
