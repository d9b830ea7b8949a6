using System.Xml.Linq;
using Xunit;

namespace BackupFs.Architecture.Tests;

public class ProjectArrowTests
{
    [Fact]
    public void Projects_refer_to_each_other_only_along_the_arrows()
    {
        var violations = new List<string>();
        foreach (var (name, project) in Repository.Projects("src"))
        {
            violations.AddRange(References(project, "ProjectReference")
                .Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))
                .Where(target => !MayReferTo(name, target))
                .Select(target => $"{name} -> {target}"));
        }

        Assert.Empty(violations);
    }

    [Fact]
    public void Every_project_of_src_is_known_to_the_arrows()
    {
        Assert.Contains("BackupFs.Storage", Repository.Projects("src").Keys);
        Assert.DoesNotContain(Repository.Projects("src").Keys, name => Layer(name) == "unknown");
    }

    [Fact]
    public void Storage_needs_no_package_beyond_logging_and_hashing()
    {
        string[] allowed = ["Microsoft.Extensions.Logging.Abstractions", "System.IO.Hashing"];
        Assert.Empty(References(Repository.Projects("src")["BackupFs.Storage"], "PackageReference").Except(allowed));
    }

    [Fact]
    public void Only_the_program_needs_packages_for_the_command_line()
    {
        string[] ofTheProgram = ["CommandLineParser", "Spectre.Console", "Microsoft.Extensions.Logging"];
        var violations = Repository.Projects("src")
            .Where(project => project.Key != "BackupFs.Cli")
            .SelectMany(project => References(project.Value, "PackageReference").Intersect(ofTheProgram).Select(package => $"{project.Key} -> {package}"));
        Assert.Empty(violations);
    }

    [Fact]
    public void Package_versions_stand_in_one_place_and_are_sorted()
    {
        var versions = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion").Select(element => element.Attribute("Include")!.Value).ToList();
        Assert.Equal(versions.Order(StringComparer.Ordinal), versions);
        var projects = Repository.Projects("src").Concat(Repository.Projects("tests"));
        Assert.DoesNotContain(projects, project => project.Value.Descendants("PackageReference").Any(package => package.Attribute("Version") is not null));
    }

    [Fact]
    public void Every_project_of_src_has_a_test_project()
    {
        var tests = Repository.Projects("tests").Keys;
        Assert.Empty(Repository.Projects("src").Keys.Select(name => $"{name}.Tests").Except(tests));
    }

    private static bool MayReferTo(string project, string target) => Layer(project) switch
    {
        "program" => true,
        "mount" => Layer(target) is "file system" or "binding",
        "file system" => Layer(target) is "contract",
        "storage" => Layer(target) is "contract" or "object storage",
        "object storage" => Layer(target) is "contract",
        _ => false,
    };

    private static string Layer(string project) => project switch
    {
        "BackupFs.Cli" => "program",
        "BackupFs.Mount" => "mount",
        "BackupFs.FileSystem" => "file system",
        "BackupFs.Fuse" or "BackupFs.WinFsp" => "binding",
        "BackupFs.Storage" => "contract",
        "BackupFs.Storage.Objects" => "object storage",
        _ => project.StartsWith("BackupFs.Storage.", StringComparison.Ordinal) ? "storage" : "unknown",
    };

    private static IEnumerable<string> References(XDocument project, string kind) =>
        project.Descendants(kind).Select(element => element.Attribute("Include")!.Value);
}
