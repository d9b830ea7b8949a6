using System.Reflection;
using BackupFs.Cli.Parsing;
using CommandLine;

namespace BackupFs.Cli.Help;

/// <summary>Writes help: usage first, options next, examples at the end.</summary>
internal static class HelpWriter
{
    private const int Width = 100;
    private const int Column = 28;

    /// <summary>The program's version.</summary>
    public static string Version { get; } =
        typeof(HelpWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>Help of the program.</summary>
    public static void WriteOverview(TextWriter output)
    {
        output.WriteLine("usage: backupfs COMMAND [OPTIONS] [ARGUMENTS]");
        output.WriteLine("   or: backupfs SOURCE MOUNTPOINT [-o OPTION,OPTION=VALUE...]    as mount(8) and /etc/fstab do");
        output.WriteLine();
        WriteParagraph(output, "Mounts a backup storage as directories. A directory is a transaction: a backup is written with any "
            + "tool, and becomes visible whole, checked and immutable, or not at all.", 0);
        output.WriteLine();
        output.WriteLine("Commands");
        foreach (var verb in VerbEntry.All.Where(verb => !verb.Verb.Hidden))
        {
            WriteEntry(output, verb.Name, verb.Verb.HelpText);
        }

        output.WriteLine();
        output.WriteLine("'backupfs COMMAND --help' explains a command; 'backupfs --version' prints the version.");
        output.WriteLine("Exit status: 0 done, 1 failed or refused, 2 bad usage, 130 interrupted.");
        output.WriteLine();
        WriteExamples(output,
        [
            new("backupfs mount /mnt/backups", "mount the default storage"),
            new("mkdir -p /mnt/backups/db/monday.partial", "begin a backup"),
            new("cp -a /srv/data /mnt/backups/db/monday.partial/", "write it with any tool"),
            new("mv /mnt/backups/db/monday.partial /mnt/backups/db/monday", "end it, or get the error"),
        ]);
    }

    /// <summary>Help of one verb.</summary>
    public static void WriteVerb(TextWriter output, VerbEntry verb)
    {
        var first = "usage: ";
        foreach (var usage in verb.Help.Usage)
        {
            output.WriteLine($"{first}backupfs {usage}");
            first = "   or: ";
        }

        foreach (var paragraph in verb.Help.Description)
        {
            output.WriteLine();
            WriteParagraph(output, paragraph, 0);
        }

        var options = verb.Options.Where(option => !option.Attribute.Hidden).ToList();
        if (options.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("Options");
            foreach (var option in options)
            {
                var text = $"--{option.Attribute.LongName}" + (option.TakesValue ? $" {option.Attribute.MetaValue}" : "");
                WriteEntry(output, option.Attribute.ShortName.Length == 0 ? text : $"-{option.Attribute.ShortName}, {text}", option.Attribute.HelpText);
            }
        }

        if (verb.Type == typeof(Verbs.MountVerb))
        {
            WriteEntry(output, "-o OPTION,OPTION=VALUE", "any of the long options above, without dashes, as in /etc/fstab; also ro, and the "
                + "kernel's own: noatime, nodev, noexec, nosuid and the like");
        }

        output.WriteLine();
        WriteExamples(output, verb.Help.Examples);
    }

    private static void WriteExamples(TextWriter output, IReadOnlyList<HelpExample> examples)
    {
        output.WriteLine("Examples");
        foreach (var example in examples)
        {
            output.WriteLine($"  {example.Command}");
            output.WriteLine($"      {example.Meaning}");
        }
    }

    private static void WriteEntry(TextWriter output, string name, string text)
    {
        output.Write($"  {name}");
        if (name.Length + 4 > Column)
        {
            output.WriteLine();
            output.Write(new string(' ', Column));
        }
        else
        {
            output.Write(new string(' ', Column - name.Length - 2));
        }

        WriteParagraph(output, text, Column, isContinued: true);
    }

    private static void WriteParagraph(TextWriter output, string text, int indent, bool isContinued = false)
    {
        var column = indent;
        if (!isContinued)
        {
            output.Write(new string(' ', indent));
        }

        foreach (var word in text.Split(' '))
        {
            if (column > indent && column + 1 + word.Length > Width)
            {
                output.WriteLine();
                output.Write(new string(' ', indent));
                column = indent;
            }

            if (column > indent)
            {
                output.Write(' ');
                column++;
            }

            output.Write(word);
            column += word.Length;
        }

        output.WriteLine();
    }
}
