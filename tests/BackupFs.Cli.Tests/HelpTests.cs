using BackupFs.Cli.Parsing;
using Xunit;

namespace BackupFs.Cli.Tests;

public class HelpTests
{
    public static TheoryData<string> Verbs => [.. VerbEntry.All.Where(verb => !verb.Verb.Hidden).Select(verb => verb.Name)];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Help_of_a_verb_has_usage_every_option_and_examples_at_the_end(string name)
    {
        var world = new TestWorld();
        Assert.Equal(ExitCode.Ok, await world.RunAsync(name, "--help"));
        var help = world.Output.ToString();
        Assert.StartsWith($"usage: backupfs {name}", help, StringComparison.Ordinal);
        foreach (var option in VerbEntry.Find(name)!.Options)
        {
            Assert.Equal(!option.Attribute.Hidden, help.Contains($"--{option.Attribute.LongName}", StringComparison.Ordinal));
        }

        Assert.InRange(help.LastIndexOf("Examples", StringComparison.Ordinal), help.Length / 2, help.Length);
        Assert.DoesNotContain(help.Split('\n'), line => line.Length > 110 && !line.StartsWith("  cp", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Help_is_the_same_however_it_is_asked_for(string name)
    {
        var worlds = new TestWorld[] { new(), new(), new() };
        await worlds[0].RunAsync(name, "--help");
        await worlds[1].RunAsync("help", name);
        await worlds[2].RunAsync(name, "/mnt", "-h");
        Assert.Single(worlds.Select(world => world.Output.ToString()).Distinct());
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Examples_in_help_can_be_parsed(string name)
    {
        foreach (var example in VerbEntry.Find(name)!.Help.Examples.Where(example => example.Command.StartsWith("backupfs ", StringComparison.Ordinal)))
        {
            var arguments = example.Command.Split(" | ")[0].Split(" > ")[0].Split(' ')[1..];
            var world = new TestWorld();
            if (arguments[0] == "mount" || arguments[0].Contains(':', StringComparison.Ordinal))
            {
                MountOptionTests.Request([.. arguments[0] == "mount" ? arguments[1..] : MountStyle.ToMountArguments(arguments, isHelper: false)]);
            }
            else
            {
                Assert.NotEqual(ExitCode.Usage, await world.RunAsync(arguments));
            }
        }
    }

    [Fact]
    public async Task The_overview_lists_every_verb()
    {
        var world = new TestWorld();
        Assert.Equal(ExitCode.Ok, await world.RunAsync("--help"));
        foreach (var verb in VerbEntry.All.Where(verb => !verb.Verb.Hidden))
        {
            Assert.Contains($"\n  {verb.Name} ", world.Output.ToString(), StringComparison.Ordinal);
        }

        Assert.DoesNotContain("mount-daemon", world.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_arguments_it_is_a_usage_error_and_help_goes_to_standard_error()
    {
        var world = new TestWorld();
        Assert.Equal(ExitCode.Usage, await world.RunAsync());
        Assert.Contains("usage: backupfs", world.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(world.Output.ToString());
    }

    [Fact]
    public async Task The_version_is_printed()
    {
        var world = new TestWorld();
        Assert.Equal(ExitCode.Ok, await world.RunAsync("--version"));
        Assert.Matches(@"^backupfs \d+\.\d+\.\d+", world.Output.ToString());
    }

    [Fact]
    public void The_readme_shows_every_verb_and_every_option_of_mount()
    {
        var readme = File.ReadAllText(Path.Combine(Checkout.Root, "README.md"));
        var missing = VerbEntry.All.Where(verb => !verb.Verb.Hidden).Select(verb => $"backupfs {verb.Name}")
            .Concat(VerbEntry.Find("mount")!.Options.Where(option => !option.Attribute.Hidden).Select(option => $"--{option.Attribute.LongName}"))
            .Where(text => !readme.Contains(text, StringComparison.Ordinal));
        Assert.Empty(missing);
    }
}
