using Xunit;

namespace BackupFs.Cli.Tests;

/// <summary>scripts/backupfs, in a checkout of one source file, with a dotnet that only pretends to build.</summary>
public sealed class RunScriptTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public RunScriptTests()
    {
        Directory.CreateDirectory(Checkout("scripts"));
        Directory.CreateDirectory(Checkout("src/BackupFs.Cli"));
        Directory.CreateDirectory(_temporary.At("dotnet"));
        File.Copy(Path.Combine(Tests.Checkout.Root, "scripts/backupfs"), Checkout("scripts/backupfs"));
        File.WriteAllText(Checkout("src/BackupFs.Cli/Program.cs"), "one");
        File.WriteAllText(Checkout("Directory.Build.props"), "");
        File.WriteAllText(Checkout("global.json"), "");
        UseDotnet("10.0.100");
    }

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task It_builds_once_and_again_only_when_sources_changed()
    {
        Assert.Equal("one: a b\n", (await RunAsync("a", "b")).Output);
        Assert.Equal("one: \n", (await RunAsync()).Output);
        Assert.Equal(1, Builds);

        File.WriteAllText(Checkout("src/BackupFs.Cli/Program.cs"), "two");
        Assert.Equal("two: \n", (await RunAsync()).Output);
        Assert.Equal("two: \n", (await RunAsync()).Output);
        Assert.Equal(2, Builds);

        Directory.CreateDirectory(Checkout("src/BackupFs.Cli/obj"));
        File.WriteAllText(Checkout("src/BackupFs.Cli/obj/x.cs"), "");
        await RunAsync();
        Assert.Equal(2, Builds);

        File.WriteAllText(Checkout("src/BackupFs.Cli/Other.cs"), "");
        await RunAsync();
        Assert.Equal(3, Builds);
        File.Delete(Checkout("src/BackupFs.Cli/Other.cs"));
        await RunAsync();
        Assert.Equal(4, Builds);
        File.WriteAllText(Checkout("Directory.Build.props"), "<Project/>");
        await RunAsync();
        Assert.Equal(5, Builds);
    }

    [Fact]
    public async Task Several_at_once_build_once()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RunAsync()));
        Assert.All(runs, run => Assert.Equal((0, "one: \n"), (run.Status, run.Output)));
        Assert.Equal(1, Builds);
    }

    [Fact]
    public async Task A_build_that_fails_is_shown_and_leaves_nothing_to_run()
    {
        File.WriteAllText(Checkout("src/BackupFs.Cli/Program.cs"), "broken");
        var run = await RunAsync();
        Assert.Equal(1, run.Status);
        Assert.Contains("error CS0000: broken", run.Error, StringComparison.Ordinal);
        Assert.Contains("the build failed", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync()).Status);
        Assert.Equal(2, Builds);
    }

    [Fact]
    public async Task Where_the_compiler_to_machine_code_cannot_be_had_it_builds_without()
    {
        File.WriteAllText(Checkout("src/BackupFs.Cli/Program.cs"), "offline");
        var run = await RunAsync("a");
        Assert.Equal((0, "offline: a\n", ""), (run.Status, run.Output, run.Error));
        Assert.Equal(2, Builds);
    }

    [Theory]
    [InlineData("8.0.100", "'{0}' has 8")]
    [InlineData("", "has none (only a runtime)")]
    public async Task An_sdk_that_is_too_old_is_refused_with_what_to_do(string version, string message)
    {
        UseDotnet(version);
        var run = await RunAsync();
        Assert.Equal(1, run.Status);
        Assert.Contains(message.Replace("{0}", _temporary.At("dotnet/dotnet"), StringComparison.Ordinal), run.Error, StringComparison.Ordinal);
        Assert.Contains("Install it from", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_works_from_any_directory_and_through_a_link_whose_name_reaches_the_program()
    {
        File.CreateSymbolicLink(_temporary.At("mount.fuse.backupfs"), "checkout/scripts/backupfs");
        var run = await ProgramRun.StartAsync(_temporary.At("mount.fuse.backupfs"), ["x y"], Environment(), "/tmp");
        Assert.Equal((0, "one: x y\n"), (run.Status, run.Output));

        // The pretended program is a shell script, which never sees argv[0]; the script's own text has to do.
        Assert.Contains("exec -a \"$0\"", File.ReadAllText(Checkout("scripts/backupfs")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_still_runs_is_kept_and_others_go()
    {
        File.WriteAllText(Checkout("src/BackupFs.Cli/Program.cs"), "wait");
        var waiting = RunAsync();
        while (!File.Exists(_temporary.At("waiting")))
        {
            await Task.Delay(10);
        }

        File.WriteAllText(Checkout("src/BackupFs.Cli/Program.cs"), "two");
        await RunAsync();
        Assert.Equal(2, Versions);
        File.Delete(_temporary.At("waiting"));
        Assert.Equal(0, (await waiting).Status);
        File.WriteAllText(Checkout("src/BackupFs.Cli/Program.cs"), "three");
        await RunAsync();
        Assert.Equal(1, Versions);
    }

    [Fact]
    public async Task A_checkout_that_cannot_be_written_is_built_elsewhere()
    {
        // root can write everywhere, so as root an ordinary user asks.
        Directory.CreateDirectory(_temporary.At("cache"));
        File.SetUnixFileMode(_temporary.At("cache"), (UnixFileMode)0b111_111_111);
        File.SetUnixFileMode(_temporary.Path, (UnixFileMode)0b111_111_111);
        File.SetUnixFileMode(Checkout(""), (UnixFileMode)0b101_101_101);
        var script = Checkout("scripts/backupfs");
        var run = System.Environment.IsPrivilegedProcess
            ? await ProgramRun.StartAsync("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", script, "a"], Environment())
            : await ProgramRun.StartAsync(script, ["a"], Environment());
        File.SetUnixFileMode(Checkout(""), (UnixFileMode)0b111_101_101);
        Assert.Equal((0, "one: a\n", ""), (run.Status, run.Output, run.Error));
        Assert.False(Directory.Exists(Checkout("artifacts")));
        Assert.Single(Directory.GetDirectories(_temporary.At("cache/backupfs")));
    }

    private int Builds => File.Exists(_temporary.At("builds")) ? File.ReadAllLines(_temporary.At("builds")).Length : 0;

    private int Versions => Directory.GetDirectories(Checkout("artifacts/versions")).Length;

    private string Checkout(string path) => Path.Combine(_temporary.At("checkout"), path);

    private Task<ProgramRun> RunAsync(params string[] arguments) => ProgramRun.StartAsync(Checkout("scripts/backupfs"), arguments, Environment());

    private Dictionary<string, string?> Environment() => new()
    {
        ["PATH"] = $"{_temporary.At("dotnet")}:{System.Environment.GetEnvironmentVariable("PATH")}",
        ["DOTNET_ROOT"] = null,
        ["HOME"] = _temporary.At("home"),
        ["XDG_CACHE_HOME"] = _temporary.At("cache"),
    };

    // "Builds" a shell script that says what the source said at the time.
    private void UseDotnet(string version)
    {
        var path = _temporary.At("dotnet/dotnet");
        File.WriteAllText(
            path,
            $$"""
            #!/usr/bin/env bash
            if [ "$1" = --list-sdks ]; then
                [ -z "{{version}}" ] || echo "{{version}} [/somewhere]"
                exit
            fi
            echo build >> "{{_temporary.At("builds")}}"
            chmod 666 "{{_temporary.At("builds")}}" 2>/dev/null
            all="$*"
            while [ "$1" != --output ]; do shift; done
            source=$(cat "{{Checkout("src/BackupFs.Cli/Program.cs")}}")
            sleep 0.2
            [ "$source" != broken ] || { echo "error CS0000: broken"; exit 1; }
            [[ "$source$all" != offline*PublishReadyToRun* ]] || { echo "error NU1101: Unable to find package"; exit 1; }
            mkdir -p "$2"
            if [ "$source" = wait ]; then
                printf '#!/bin/sh\ntouch "%s"\nwhile [ -e "%s" ]; do sleep 0.05; done\n' "{{_temporary.At("waiting")}}" "{{_temporary.At("waiting")}}" > "$2/backupfs"
            else
                printf '#!/bin/sh\necho "%s: $*"\n' "$source" > "$2/backupfs"
            fi
            chmod +x "$2/backupfs"
            """);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }
}
