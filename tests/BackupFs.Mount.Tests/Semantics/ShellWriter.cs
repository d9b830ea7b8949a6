using System.Diagnostics;
using System.Globalization;
using BackupFs.Mount.Semantics;

namespace BackupFs.Mount.Tests.Semantics;

/// <summary>A shell that writes a file, and does then what it reads.</summary>
internal sealed class ShellWriter : ITreeWriter
{
    private const string Script = """
        exec 3>"$1"; printf %s "$2" >&3; echo ready
        while read -r what; do
            case $what in close) exec 3>&-; echo closed ;; *) exit "$what" ;; esac
        done
        """;

    private readonly Process _shell;

    public ShellWriter(string path, string text)
    {
        var start = new ProcessStartInfo("sh") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])["-c", Script, "writer", path, text])
        {
            start.ArgumentList.Add(argument);
        }

        _shell = Process.Start(start)!;
        Assert.Equal("ready", _shell.StandardOutput.ReadLine());
    }

    public void Close()
    {
        _shell.StandardInput.WriteLine("close");
        _shell.StandardInput.Flush();
        Assert.Equal("closed", _shell.StandardOutput.ReadLine());
    }

    public void Kill()
    {
        _shell.Kill();
        _shell.WaitForExit();
    }

    public void Exit(int status)
    {
        _shell.StandardInput.WriteLine(status.ToString(CultureInfo.InvariantCulture));
        _shell.StandardInput.Flush();
        _shell.WaitForExit();
        Assert.Equal(status, _shell.ExitCode);
    }

    public void Dispose()
    {
        if (!_shell.HasExited)
        {
            Kill();
        }

        _shell.Dispose();
    }
}
