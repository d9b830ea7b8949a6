using System.Diagnostics;
using BackupFs.Cli.Verbs;

namespace BackupFs.Cli.Mounting;

/// <summary>
/// Mounts in the background: starts this program again, gives it the request, and waits until it is ready or says why
/// not. The other side is <see cref="MountDaemonVerb"/>.
/// </summary>
/// <remarks>
/// The request goes through the new process's standard input, which stays open until readiness is acknowledged: if this
/// process is killed before, the other one reads the end of the stream and unmounts.
/// </remarks>
internal static class BackgroundMount
{
    /// <summary>Returns when the mount answers.</summary>
    /// <exception cref="CommandException">With what the background process says.</exception>
    public static async Task<int> RunAsync(MountRequest request, CommandContext context, CancellationToken cancellationToken)
    {
        using var process = Process.Start(StartInfo(request))
            ?? throw new CommandException("could not start the background process");
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { } text)
            {
                context.Error.WriteLine(text);
            }
        };
        process.BeginErrorReadLine();
        try
        {
            await process.StandardInput.WriteLineAsync(BackgroundMessage.ToLine(request)).ConfigureAwait(false);
            await process.StandardInput.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It ended before it read anything; its exit status says more, below.
        }

        var line = await process.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        var message = BackgroundMessage.FromLine<BackgroundMessage>(line);
        foreach (var warning in message?.Warnings ?? [])
        {
            await context.Error.WriteLineAsync($"backupfs: warning: {warning}").ConfigureAwait(false);
        }

        if (message?.Ready is { } description)
        {
            await process.StandardInput.WriteLineAsync(BackgroundMessage.Acknowledgement).ConfigureAwait(false);
            await process.StandardInput.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            await context.Output.WriteLineAsync(description).ConfigureAwait(false);
            return ExitCode.Ok;
        }

        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        throw new CommandException(message?.Error
            ?? $"the background process ended with exit status {process.ExitCode} before the mount was ready; see the log {request.LogFile}");
    }

    /// <summary>How the background process is started: with nothing secret in its arguments.</summary>
    internal static ProcessStartInfo StartInfo(MountRequest request)
    {
        var program = Environment.ProcessPath ?? throw new CommandException("cannot tell which file this program is");
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,

            // Not ours: the runtime keeps copies of it, so whoever reads what we print would wait for the end of the mount.
            RedirectStandardError = true,
        };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(typeof(BackgroundMount).Assembly.Location);
        }

        // The mount point is an argument only so that people see in ps what a process is for.
        start.ArgumentList.Add(MountDaemonVerb.Name);
        start.ArgumentList.Add(request.MountPoint);
        return start;
    }
}
