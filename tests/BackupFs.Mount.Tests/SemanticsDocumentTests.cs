using System.Text.RegularExpressions;
using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>docs/SEMANTICS.md and the tests speak of the same promises.</summary>
public sealed partial class SemanticsDocumentTests
{
    [Fact]
    public void Every_promise_is_quoted_by_a_test_and_every_quoted_promise_is_made()
    {
        var document = File.ReadAllText(Path.Combine(TestEnvironment.Repository, "docs", "SEMANTICS.md"));
        var promised = Promise().Matches(document).Select(match => match.Groups[1].Value).ToList();
        var quoted = Directory.EnumerateFiles(Path.Combine(TestEnvironment.Repository, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(file => Quotation().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .ToHashSet(StringComparer.Ordinal);
        Assert.True(promised.Count > 50, $"only {promised.Count} promises were found");
        Assert.Equal(promised.Distinct(StringComparer.Ordinal), promised);
        Assert.Equal([], promised.Where(id => !quoted.Contains(id)));
        Assert.Equal([], quoted.Where(id => !promised.Contains(id)).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^- \*\*\[([a-z0-9-]+)\]\*\* [A-Z`.][^\n]*\.$", RegexOptions.Multiline)]
    private static partial Regex Promise();

    [GeneratedRegex(@"^\s*\[Promise\(""([a-z0-9-]+)""\)\]", RegexOptions.Multiline)]
    private static partial Regex Quotation();
}
