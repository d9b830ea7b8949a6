using BackupFs.Storage;

namespace BackupFs.Cli.Verbs;

/// <summary>Checks how many arguments a verb was given.</summary>
internal static class Arguments
{
    /// <summary>Exactly one.</summary>
    public static string One(IEnumerable<string> arguments, string verb, string name)
    {
        var all = arguments.ToList();
        return all.Count == 0 ? throw new UsageException($"'{verb}' needs a {name}", verb) : AtMost(all, 1, verb)[0];
    }

    /// <summary>One or none.</summary>
    public static string? OneOrNone(IEnumerable<string> arguments, string verb) => AtMost([.. arguments], 1, verb).FirstOrDefault();

    private static List<string> AtMost(List<string> arguments, int count, string verb) =>
        arguments.Count > count
            ? throw new UsageException($"'{verb}' does not know what to do with '{BackupPath.Printable(arguments[count])}'", verb)
            : arguments.Any(argument => argument.Length == 0) ? throw new UsageException($"'{verb}' was given an empty argument", verb) : arguments;
}
