using System.Diagnostics;

namespace BackupFs.Fuse.Tests.Mounting;

/// <summary>Runs commands in processes of their own, with a limit against hangs.</summary>
internal static class Shell
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    internal static Process Start(string command, string directory)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            WorkingDirectory = "/",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"cd \"$0\" || exit 99\n{command}");
        start.ArgumentList.Add(directory);
        start.Environment["LC_ALL"] = "C";
        return Process.Start(start)!;
    }

    internal static async Task<ShellResult> RunAsync(string command, string directory)
    {
        using Process process = Start(command, directory);
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new ShellResult(process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{command} did not end");
        }
    }
}
