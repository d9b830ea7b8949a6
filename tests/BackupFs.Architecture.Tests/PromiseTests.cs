using System.Text.RegularExpressions;
using Xunit;

namespace BackupFs.Architecture.Tests;

/// <summary>docs/SEMANTICS.md and the tests quote each other.</summary>
public class PromiseTests
{
    [Fact]
    public void Every_promise_is_proved_by_a_test() => Assert.Empty(Promised().Except(Proved()));

    [Fact]
    public void Every_promise_that_a_test_proves_is_made() => Assert.Empty(Proved().Except(Promised()));

    [Fact]
    public void Every_promise_is_made_once()
    {
        Assert.Empty(Promised().GroupBy(id => id).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    private static List<string> Promised()
    {
        var path = Path.Combine(Repository.Root, "docs/SEMANTICS.md");
        var text = File.Exists(path) ? File.ReadAllText(path) : "";
        return [.. Regex.Matches(text, @"^\s*- \*\*\[([a-z0-9-]+)\]\*\*", RegexOptions.Multiline).Select(match => match.Groups[1].Value)];
    }

    private static List<string> Proved() =>
    [
        .. Repository.SourceFiles("tests")
            .SelectMany(file => Regex.Matches(Repository.Read(file), @"^\s*\[.*?\bPromise\(""([a-z0-9-]+)""\)", RegexOptions.Multiline))
            .Select(match => match.Groups[1].Value)
            .Distinct(),
    ];
}
