using System.Diagnostics;
using System.Globalization;

namespace BackupFs.Mount.Tests.Mounting;

/// <summary>Runs bash scripts with a limit that guards against hangs.</summary>
internal static class Shell
{
    /// <summary>
    /// What every script begins with. <c>refused TEXT COMMAND…</c> checks that a command fails and says TEXT;
    /// <c>state DIR</c> prints a backup's state; <c>eventually COMMAND…</c> repeats a command until it succeeds; <c>lacks
    /// PATTERN FILE</c> checks that no line matches. A failing command ends the script, but not one after <c>!</c>.
    /// </summary>
    private const string Prelude = """
        set -eEu
        trap 'printf "failed: %s\n" "$BASH_COMMAND" >&2' ERR
        export LC_ALL=C
        umask 022
        refused() {
            local text=$1 said; shift
            if said=$("$@" 2>&1); then printf 'should have failed: %s\n%s\n' "$*" "$said" >&2; exit 90; fi
            case $said in *"$text"*) ;; *) printf 'should have said "%s": %s\nbut said: %s\n' "$text" "$*" "$said" >&2; exit 91 ;; esac
        }
        state() { getfattr --absolute-names -n user.backupfs.state --only-values "$1"; }
        is() { [ "$1" = "$2" ] || { printf 'should be "%s" but is "%s"\n' "$2" "$1" >&2; exit 92; }; }
        eventually() {
            local i
            for i in $(seq 1000); do if "$@" >/dev/null 2>&1; then return 0; fi; sleep 0.03; done
            printf 'never succeeded: %s\n' "$*" >&2; exit 93
        }
        at_least() { [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -ge "$2" ]; }
        lacks() { if grep -E -- "$1" "$2" >&2; then printf 'should not have "%s": %s\n' "$1" "$2" >&2; exit 94; fi; }
        gone() { case $(cut -d ' ' -f 3 "/proc/$1/stat" 2>/dev/null || echo Z) in Z | X) ;; *) return 1 ;; esac; }
        """;

    /// <summary>Runs a script; its process group is killed when it takes longer than <paramref name="seconds"/>.</summary>
    public static async Task<ShellResult> RunAsync(
        string script, IReadOnlyDictionary<string, string> variables, TestUser user, int seconds, Func<string> context)
    {
        var start = new ProcessStartInfo { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] command =
        [
            // .NET ignores SIGPIPE, and children inherit that; shells of users do not.
            .. TestEnvironment.Prefix(user), "env", "--default-signal=PIPE", "timeout", "--kill-after=10", seconds.ToString(CultureInfo.InvariantCulture),
            "bash", "-c", Prelude + "\n" + script,
        ];
        start.FileName = command[0];
        foreach (var argument in command[1..])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        start.WorkingDirectory = "/";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds + 20));
        try
        {
            await process.WaitForExitAsync(limit.Token);
            var texts = await Task.WhenAll(output, error).WaitAsync(TimeSpan.FromSeconds(20));
            return new ShellResult(process.ExitCode, texts[0].TrimEnd('\n'), texts[1].TrimEnd('\n'), process.ExitCode == 0 ? "" : context());
        }
        catch (Exception hung) when (hung is OperationCanceledException or TimeoutException)
        {
            return new ShellResult(137, "", "the script could not be stopped, or left a process behind that keeps its output open", context());
        }
    }

    /// <summary>Runs one program without ceremony and returns whether it succeeded within 30 seconds.</summary>
    public static bool RunPlain(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("timeout") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in new[] { "--kill-after=5", "30", program }.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process.WaitForExit(TimeSpan.FromSeconds(45)) && process.ExitCode == 0;
    }
}
