using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace BackupFs.Wine.Tests;

/// <summary>What the program printed and returned.</summary>
/// <param name="Status">Its exit status.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error, with the ends of lines of this machine.</param>
public sealed record ProgramRun(int Status, string Output, string Error);

/// <summary>
/// <c>backupfs.exe</c>, published once for a run of tests, and a Windows of its own to run it in: Wine. Both fail the tests if they
/// cannot be had.
/// </summary>
public sealed class WindowsProgram : IAsyncLifetime
{
    /// <summary>Guards against hangs only.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly string _prefix = Directory.CreateTempSubdirectory("backupfs-wine-").FullName;
    private string _program = "";

    /// <summary>A path of this machine, as the program sees it.</summary>
    public static string PathOf(string path) => "Z:" + path.Replace('/', '\\');

    /// <summary>Publishes the program, and makes the Windows meanwhile.</summary>
    public Task InitializeAsync() => Task.WhenAll(PublishAsync(), MakeWindowsAsync());

    private async Task PublishAsync()
    {
        // Away from what the normal build makes: the two would undo each other's restores.
        var artifacts = Path.Combine(Checkout(), "artifacts", "win-x64");
        var published = await RunAsync(
            "dotnet",
            [
                "publish", Path.Combine(Checkout(), "src", "BackupFs.Cli"), "--configuration", "Release", "--runtime", "win-x64", "--self-contained",
                "--artifacts-path", artifacts, "--output", Path.Combine(artifacts, "program"), "-nodeReuse:false", "--verbosity", "quiet",

                // The normal build has analyzed the same sources.
                "-p:RunAnalyzers=false", "-p:EnforceCodeStyleInBuild=false",
            ],
            []);
        Assert.True(published.Status == 0, published.Output + published.Error);
        _program = Path.Combine(artifacts, "program", "backupfs.exe");
    }

    private async Task MakeWindowsAsync()
    {
        // Wine's own .NET and browser are not wanted, but to run a program needs the first library as it is.
        await RunAsync(Tool("wine64"), ["wineboot", "--init"], new(Environment()) { ["WINEDLLOVERRIDES"] = "mscoree,mshtml=" });
    }

    /// <summary>Ends what Wine left running in this Windows, and removes it.</summary>
    public async Task DisposeAsync()
    {
        await RunAsync(Tool("wineserver"), ["--kill"], Environment());
        await RunAsync(Tool("wineserver"), ["--wait"], Environment());
        Directory.Delete(_prefix, recursive: true);
    }

    /// <summary>Runs the program to its end.</summary>
    public Task<ProgramRun> RunAsync(params string[] arguments) => RunAsync(new Dictionary<string, string>(), arguments);

    /// <summary>As the other, with more in its environment.</summary>
    /// <remarks>
    /// Wine itself was seen to end with a page fault on a machine under load, before the program had printed anything: outside of
    /// managed code, where there is none of ours. Then the program is run again, at most twice.
    /// </remarks>
    public async Task<ProgramRun> RunAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        var variables = environment.Concat(Environment()).ToDictionary();
        for (var again = 2; ; again--)
        {
            var run = await RunAsync(Tool("wine64"), [_program, .. arguments], variables);
            if (again == 0 || run.Output.Length > 0 || !run.Error.StartsWith("wine: Unhandled page fault", StringComparison.Ordinal))
            {
                return run;
            }

            Console.Error.WriteLine($"Wine crashed under 'backupfs {string.Join(' ', arguments)}': {run.Error}");
        }
    }

    private static async Task<ProgramRun> RunAsync(string program, IEnumerable<string> arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment.Remove("DISPLAY");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await Task.WhenAll(process.WaitForExitAsync(), output, error).WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new ProgramRun(process.ExitCode, await output, (await error).ReplaceLineEndings());
    }

    /// <summary>Debian puts them where no PATH looks.</summary>
    private static string Tool(string name)
    {
        string[] folders = [.. (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/lib/wine"];
        return folders.Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"{name} is missing: scripts/test installs it as root (Debian: apt install wine64)");
    }

    private static string Checkout([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", ".."));

    // Wine takes names of files for text of the locale's encoding.
    private Dictionary<string, string> Environment() =>
        new() { ["WINEPREFIX"] = _prefix, ["WINEDEBUG"] = "-all", ["LC_ALL"] = "C.UTF-8" };
}
