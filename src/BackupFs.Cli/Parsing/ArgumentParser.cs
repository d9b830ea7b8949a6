using BackupFs.Cli.Verbs;
using CommandLine;

namespace BackupFs.Cli.Parsing;

/// <summary>Turns arguments into a verb that can run. The messages are ours; CommandLineParser does the parsing.</summary>
internal static class ArgumentParser
{
    /// <summary>Parses the arguments of a verb, the verb's name first.</summary>
    /// <exception cref="UsageException">They make no sense.</exception>
    public static IVerb Parse(IReadOnlyList<string> arguments)
    {
        var entry = VerbEntry.Find(arguments[0]) ?? throw UnknownVerb(arguments[0]);
        arguments = VitessFlags.Translate(entry, arguments);
        if (entry.Type == typeof(MountVerb))
        {
            var longNames = entry.Options.Where(option => !option.Attribute.Hidden)
                .ToDictionary(option => option.Attribute.LongName, option => option.TakesValue, StringComparer.Ordinal);
            arguments = [arguments[0], .. MountStyle.ExpandOptionLists([.. arguments.Skip(1)], longNames)];
        }

        RequireValues(entry, arguments);
        using var parser = new Parser(settings =>
        {
            settings.AutoHelp = false;
            settings.AutoVersion = false;
            settings.HelpWriter = null;
            settings.EnableDashDash = true;
            settings.AllowMultiInstance = false;
        });
        return parser.ParseArguments(arguments, [.. VerbEntry.All.Select(verb => verb.Type)])
            .MapResult(verb => (IVerb)verb, errors => throw Explain(entry, errors.First()));
    }

    // CommandLineParser takes an option without its value for an absent one.
    private static void RequireValues(VerbEntry entry, IReadOnlyList<string> arguments)
    {
        for (var i = 1; i < arguments.Count && arguments[i] != "--"; i++)
        {
            var takesValue = entry.Options.Any(option => option.TakesValue && arguments[i] == $"--{option.Attribute.LongName}");
            if (takesValue && (i + 1 == arguments.Count || arguments[i + 1].StartsWith("--", StringComparison.Ordinal)))
            {
                throw new UsageException($"{arguments[i]} needs a value{ValueName(entry, arguments[i][2..])}", entry.Name);
            }

            i += takesValue ? 1 : 0;
        }
    }

    private static UsageException UnknownVerb(string name)
    {
        var verbs = VerbEntry.All.Where(verb => !verb.Verb.Hidden).ToList();
        var meant = Suggestion.For(name, verbs.SelectMany(verb => verb.Names));
        return new UsageException(
            $"'{Storage.BackupPath.Printable(name)}' is not a command of backupfs; "
            + (meant is null ? $"the commands are {string.Join(", ", verbs.Select(verb => verb.Name))}" : $"did you mean '{meant}'?"));
    }

    private static UsageException Explain(VerbEntry entry, Error error)
    {
        var message = error switch
        {
            UnknownOptionError unknown => Unknown(entry, unknown.Token),
            MissingValueOptionError missing => $"--{missing.NameInfo.LongName} needs a value{ValueName(entry, missing.NameInfo.LongName)}",
            RepeatedOptionError repeated => $"--{repeated.NameInfo.LongName} is given more than once",
            BadFormatTokenError bad => $"'{Storage.BackupPath.Printable(bad.Token)}' is not an option; a path that begins with '-' is written ./-…",
            BadFormatConversionError bad => $"--{bad.NameInfo.LongName} takes no value",
            NamedError named => $"--{named.NameInfo.LongName}: {named.Tag}",
            _ => $"the arguments make no sense ({error.Tag})",
        };
        return new UsageException(message, entry.Name);
    }

    private static string Unknown(VerbEntry entry, string token)
    {
        var name = token.TrimStart('-');
        var meant = name.Length < 2 ? null : Suggestion.For(name, entry.Options.Select(option => option.Attribute.LongName));
        var dashes = name.Length < 2 ? "-" : "--";
        return $"'{entry.Name}' has no option {dashes}{Storage.BackupPath.Printable(name)}" + (meant is null ? "" : $"; did you mean --{meant}?");
    }

    private static string ValueName(VerbEntry entry, string longName) =>
        entry.Options.FirstOrDefault(option => option.Attribute.LongName == longName)?.Attribute.MetaValue is { Length: > 0 } meta
            ? $": --{longName} {meta}"
            : "";
}
