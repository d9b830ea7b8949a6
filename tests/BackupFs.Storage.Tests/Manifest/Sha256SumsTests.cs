using System.Diagnostics;
using System.Text;

namespace BackupFs.Storage.Tests;

public sealed class Sha256SumsTests
{
    private const string Abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Fact]
    public void Files_and_hard_links_have_a_line_and_special_names_are_escaped()
    {
        var first = ManifestGenerators.File("a", "abc");
        var manifest = ManifestGenerators.Of(
            ManifestGenerators.Root(),
            first,
            first with { Path = "b\\c", Checksums = null, HardLinkTo = "a" },
            first with { Path = "d", Type = EntryType.SymbolicLink, Target = [1], Size = 0, Checksums = null },
            first with { Path = "e\nf" });
        using var stream = new MemoryStream();
        Sha256Sums.Write(manifest, stream);
        Assert.Equal($"{Abc}  a\n\\{Abc}  b\\\\c\n\\{Abc}  e\\nf\n", Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public async Task The_program_sha256sum_accepts_it_and_notices_a_change()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var directory = Directory.CreateTempSubdirectory("backupfs-sums-");
        try
        {
            var names = new[] { " a b", "\\n", "d/\u00e4", "it's *" };
            directory.CreateSubdirectory("d");
            foreach (var name in names)
            {
                await File.WriteAllTextAsync(Path.Combine(directory.FullName, name), name);
            }

            var entries = names.Select(name => ManifestGenerators.File(name, name));
            await using (var sums = File.Create(Path.Combine(directory.FullName, "SHA256SUMS")))
            {
                Sha256Sums.Write(ManifestGenerators.Of([ManifestGenerators.Root(), .. entries]), sums);
            }

            Assert.Equal(0, await CheckAsync(directory.FullName));
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "\\n"), "changed");
            Assert.Equal(1, await CheckAsync(directory.FullName));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<int> CheckAsync(string directory)
    {
        var start = new ProcessStartInfo("sha256sum", ["--check", "--strict", "--quiet", "SHA256SUMS"])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
