using BackupFs.Mount.Semantics;
using BackupFs.WinFsp.Driver;

namespace BackupFs.Mount.Windows.Tests.Mounting;

/// <summary>A process with a file open. When it ends, Windows closes the file in between.</summary>
internal sealed class DriverWriter(FakeProcess process, DriverFile file) : ITreeWriter
{
    public void Close() => file.Dispose();

    public void Kill() => End(FakeProcess.Killed);

    public void Exit(int status) => End((uint)status);

    public void Dispose() => Kill();

    private void End(uint code)
    {
        if (!process.IsEnding)
        {
            process.BeginEnd(code);
            file.Dispose();
            process.End();
        }
    }
}
