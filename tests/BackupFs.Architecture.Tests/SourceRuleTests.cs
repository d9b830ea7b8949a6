using System.Text.RegularExpressions;
using Xunit;

namespace BackupFs.Architecture.Tests;

public class SourceRuleTests
{
    private const int LongestFile = 600;

    [Fact]
    public void Native_code_is_reached_only_in_Interop_folders_of_the_projects_that_may()
    {
        var native = new Regex(@"\bunsafe\b|\bDllImport\b|\bLibraryImport\b|\bUnmanagedCallersOnly\b");
        var allowed = new Regex(@"^src/BackupFs\.(Fuse|WinFsp|Storage\.Directory|Storage\.File)/(.*/)?Interop/");
        Assert.Empty(LinesOf(Repository.SourceFiles("src").Where(file => !allowed.IsMatch(file)), native));
    }

    [Fact]
    public void Only_the_projects_that_may_reach_native_code_allow_unsafe_blocks()
    {
        string[] allowed = ["BackupFs.Fuse", "BackupFs.WinFsp", "BackupFs.Storage.Directory", "BackupFs.Storage.File"];
        var unsafeProjects = Repository.Projects("src")
            .Where(project => project.Value.Descendants("AllowUnsafeBlocks").Any(element => element.Value == "true"))
            .Select(project => project.Key);
        Assert.Empty(unsafeProjects.Except(allowed));
    }

    [Fact]
    public void Every_unsafe_block_says_why_it_is_safe()
    {
        var block = new Regex(@"^\s*unsafe\s*(\{.*)?$");
        var violations = new List<string>();
        foreach (var file in Repository.SourceFiles("src"))
        {
            var lines = Repository.Read(file).Split('\n');
            for (var i = 0; i < lines.Length; i++)
            {
                if (block.IsMatch(lines[i]) && !lines[Math.Max(0, i - 6)..i].Concat(lines.Skip(i + 1).Take(3)).Any(line => line.Contains("SAFETY:", StringComparison.Ordinal)))
                {
                    violations.Add($"{file}:{i + 1}");
                }
            }
        }

        Assert.Empty(violations);
    }

    [Fact]
    public void Names_say_what_a_thing_is()
    {
        var empty = new Regex(@"(Utils?|Utilities|Helpers?|Managers?|Common)(\.|/|$)");
        var files = Repository.SourceFiles("src", "tests").Select(file => Regex.Replace(file, @"\.cs$", ""));
        Assert.DoesNotContain(files, file => empty.IsMatch(file));

        var type = new Regex(@"\b(class|struct|record|interface|enum)\s+\w*(Utils?|Utilities|Helpers?|Manager|Common)\b");
        Assert.Empty(LinesOf(Repository.SourceFiles("src", "tests"), type));
    }

    [Fact]
    public void Files_are_short()
    {
        var tooLong = Repository.SourceFiles("src", "tests")
            .Select(file => (File: file, Lines: Repository.Read(file).Split('\n').Length - 1))
            .Where(file => file.Lines > LongestFile);
        Assert.Empty(tooLong);
    }

    [Fact]
    public void Nothing_waits_for_later()
    {
        var later = new Regex(@"\b(TODO|FIXME|XXX|NotImplementedException)\b");
        var self = $"/{nameof(SourceRuleTests)}.cs";
        var found = Repository.SourceFiles("src", "tests").Where(file => !file.EndsWith(self, StringComparison.Ordinal))
            .Where(file => later.IsMatch(Repository.Read(file)));
        Assert.Empty(found);
    }

    [Fact]
    public void Time_is_injected_and_nothing_sleeps()
    {
        var clock = new Regex(@"\bThread\.Sleep\b|\bDateTime(Offset)?\.(Utc)?Now\b|\bnew Random\(\)|\bRandom\.Shared\b");
        Assert.Empty(LinesOf(Repository.SourceFiles("src"), clock));
    }

    [Fact]
    public void Log_messages_are_source_generated_in_one_file_a_namespace()
    {
        var declaration = new Regex(@"\[LoggerMessage\(");
        var files = Repository.SourceFiles("src").Where(file => Repository.ReadCode(file).Any(declaration.IsMatch)).ToList();
        Assert.NotEmpty(files);
        Assert.DoesNotContain(files, file => !file.EndsWith("Log.cs", StringComparison.Ordinal));
        Assert.DoesNotContain(files.GroupBy(Path.GetDirectoryName), folder => folder.Count() > 1);
    }

    private static List<string> LinesOf(IEnumerable<string> files, Regex forbidden) =>
    [
        .. from file in files
           from line in Repository.ReadCode(file).Select((text, index) => (Text: text, Number: index + 1))
           where forbidden.IsMatch(line.Text)
           select $"{file}:{line.Number}: {line.Text.Trim()}",
    ];
}
