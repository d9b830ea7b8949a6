using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace BackupFs.Architecture.Tests;

/// <summary>The checkout that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>Its root: the directory of BackupFs.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The projects of a folder (<c>src</c> or <c>tests</c>), by name.</summary>
    public static IReadOnlyDictionary<string, XDocument> Projects(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories)
            .Where(IsSource)
            .ToDictionary(file => Path.GetFileNameWithoutExtension(file), XDocument.Load, StringComparer.Ordinal);

    /// <summary>The C# files of the given folders, as paths relative to the root.</summary>
    public static IReadOnlyList<string> SourceFiles(params string[] folders) =>
    [
        .. folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(IsSource)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>A file's text.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>A C# file without comments, and with the contents of string literals left out, line by line.</summary>
    public static IReadOnlyList<string> ReadCode(string path)
    {
        var text = Regex.Replace(
            Read(path),
            """(?<comment>//[^\n]*|/\*[\s\S]*?\*/)|(?<text>"{3,}[\s\S]*?"{3,}|@"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+')""",
            match => match.Groups["comment"].Success ? new string('\n', match.Value.Count(character => character == '\n')) : "\"\"");
        return text.Split('\n');
    }

    private static bool IsSource(string file)
    {
        var relative = Path.GetRelativePath(Root, file);
        return !relative.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj");
    }

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "BackupFs.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("no BackupFs.sln above the test's directory");
    }
}
