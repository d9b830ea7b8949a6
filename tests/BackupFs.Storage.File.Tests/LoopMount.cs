using System.Diagnostics;

namespace BackupFs.Storage.File.Tests;

/// <summary>A small ext4 of its own, mounted from a file; only the superuser can.</summary>
internal sealed class LoopMount : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("backupfs-loop-").FullName;
    private readonly string _host;

    /// <param name="mebibytes">What the disk claims to have.</param>
    /// <param name="reallyMebibytes">What there is behind it; with less, data that was written cannot be written back.</param>
    public LoopMount(int mebibytes, int? reallyMebibytes = null)
    {
        _host = Path.Combine(_directory, "host");
        Root = Path.Combine(_directory, "mount");
        Directory.CreateDirectory(Root);
        Directory.CreateDirectory(_host);
        Run("mount", "-t", "tmpfs", "-o", $"size={reallyMebibytes ?? mebibytes + 8}m", "tmpfs", _host);
        var image = Path.Combine(_host, "image");
        using (var file = System.IO.File.Create(image))
        {
            file.SetLength((long)mebibytes << 20);
        }

        Run("mkfs.ext4", "-q", "-m", "0", image);
        Run("mount", "-o", "loop", image, Root);
    }

    public string Root { get; }

    public void Dispose()
    {
        Run("umount", "-l", Root);
        Run("umount", "-l", _host);
        Directory.Delete(_directory, recursive: true);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {error}");
    }
}
