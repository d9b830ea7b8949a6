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
}
