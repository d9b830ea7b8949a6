using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace BackupFs.Storage.Tests;

public sealed class ManifestSerializerTests
{
    [Fact]
    public void What_is_written_is_read_back() =>
        ManifestGenerators.Manifest.Sample(
            manifest =>
            {
                var bytes = Write(manifest);
                AssertSame(manifest, Read(bytes));
                using var json = JsonDocument.Parse(bytes);
                Assert.Equal(manifest.Entries.Count, json.RootElement.GetProperty("entries").GetArrayLength());
            },
            iter: 300);

    [Fact]
    public void It_has_one_entry_a_line_and_ends_with_its_checksum()
    {
        var lines = Encoding.UTF8.GetString(Write(Small())).Split('\n');
        Assert.StartsWith("""{"path":"\u00e4/b","type":"file","mode":"0644","uid":1000""".Replace("\\u00e4", "\u00e4", StringComparison.Ordinal),
            lines.Single(line => line.Contains("/b\"", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.StartsWith("\"checksum\":\"sha256:", lines[^3], StringComparison.Ordinal);
        Assert.Equal("}", lines[^2]);
        Assert.Equal("", lines[^1]);
    }

    [Fact]
    public void Every_changed_byte_is_noticed()
    {
        var bytes = Write(Small());
        for (var at = 0; at < bytes.Length; at++)
        {
            foreach (var change in new byte[] { 1, 0x20, 0x80, 0xFF })
            {
                bytes[at] ^= change;
                AssertCorrupt(bytes, $"byte {at} changed by {change:x}");
                bytes[at] ^= change;
            }
        }

        AssertSame(Small(), Read(bytes));
    }

    [Fact]
    public void Every_truncation_and_every_added_byte_is_noticed()
    {
        var bytes = Write(Small());
        for (var length = 0; length < bytes.Length; length++)
        {
            AssertCorrupt(bytes[..length], $"truncated to {length}");
        }

        foreach (var extra in new[] { "\n", " ", "}", "\0", "x\n" })
        {
            AssertCorrupt([.. bytes, .. Encoding.UTF8.GetBytes(extra)], "trailing bytes");
        }

        AssertCorrupt([.. bytes, .. bytes], "twice");
        AssertCorrupt([(byte)' ', .. bytes], "a leading space");
    }

    [Fact]
    public void A_newer_format_says_so_whatever_it_contains()
    {
        var error = Assert.Throws<StorageException>(() => Read(Sealed("{\n\"format\":2,\nanything new\n")));
        Assert.Equal(StorageErrorKind.Unsupported, error.Kind);
        Assert.Contains("written by a newer BackupFs; upgrade", error.Message, StringComparison.Ordinal);
        AssertCorrupt(Encoding.UTF8.GetBytes("{\n\"format\":2,\n"), "newer, but truncated");
    }

    [Theory]
    [InlineData("\"path\":\"a\"", "\"path\":\"../a\"")]
    [InlineData("\"path\":\"a\"", "\"path\":\"/a\"")]
    [InlineData("\"path\":\"a\"", "\"path\":\"a/\"")]
    [InlineData("\"path\":\"a\"", "\"path\":\"\"")]
    [InlineData("\"path\":\"a\"", "\"path\":\"b\"")]
    [InlineData("\"path\":\"a\"", "\"path\":\"c\"")]
    [InlineData("\"path\":\"a\"", "\"path\":\"A/missing\"")]
    [InlineData("\"path\":\"a\"", "\"path\":\".backupfs.json\"")]
    [InlineData("\"path\":\"a\"", "\"path\":\"a\\u0000\"")]
    [InlineData("\"path\":\"a\"", "\"path\":\"a\\ud800\"")]
    [InlineData("\"path\":\"a\"", "\"path\":5")]
    [InlineData("\"path\":\"a\"", "\"path\":null")]
    [InlineData("\"path\":\"a\"", "\"path\":\"a\",\"path\":\"a\"")]
    [InlineData("\"path\":\"a\"", "\"path\":\"a\",\"unknown\":1")]
    [InlineData("\"path\":\"a\"", "\"path\":\"a\",\"xattrs\":[[[[[[[[1]]]]]]]]")]
    [InlineData("\"path\":\"a\"", "\"path\":\"a\",\"xattrs\":{\"user.a\":\"AA==\",\"user.a\":\"AA==\"}")]
    [InlineData("\"path\":\"a\"", "\"path\":\"a\",\"target\":\"x\"")]
    [InlineData("\"path\":\"a\"", "\"path\":\"a\",\"device\":1")]
    [InlineData("\"path\":\"a\"", "\"path\":\"a\",\"hardLinkTo\":\"b\"")]
    [InlineData("\"type\":\"file\"", "\"type\":\"door\"")]
    [InlineData("\"type\":\"file\"", "\"type\":\"directory\"")]
    [InlineData("\"type\":\"file\"", "\"type\":\"symlink\"")]
    [InlineData("\"mode\":\"0644\"", "\"mode\":\"0688\"")]
    [InlineData("\"mode\":\"0644\"", "\"mode\":\"77777\"")]
    [InlineData("\"mode\":\"0644\"", "\"mode\":420")]
    [InlineData("\"uid\":1000", "\"uid\":4294967296")]
    [InlineData("\"uid\":1000", "\"uid\":-1")]
    [InlineData("\"uid\":1000", "\"uid\":1e999")]
    [InlineData("\"size\":3", "\"size\":-3")]
    [InlineData("\"size\":3", "\"size\":9223372036854775808")]
    [InlineData("\"size\":3", "\"size\":9223372036854775807")]
    [InlineData("\"size\":3,", "")]
    [InlineData("\"mtime\":\"1.000000002\"", "\"mtime\":\"1.5\"")]
    [InlineData("\"mtime\":\"1.000000002\"", "\"mtime\":\"99999999999999999999.000000002\"")]
    [InlineData("\"mtime\":\"1.000000002\"", "\"mtime\":\"1.00000000-\"")]
    [InlineData("\"blockSize\":1048576", "\"blockSize\":1048577")]
    [InlineData("\"blockSize\":1048576", "\"blockSize\":1")]
    [InlineData("\"blockSize\":1048576", "\"blockSize\":0")]
    [InlineData("\"blockSize\":1048576", "\"blockSize\":268435456")]
    [InlineData("\"blockSize\":1048576,", "")]
    [InlineData("\"blocks\":\"", "\"blocks\":\"AAAAAAAAAAA=")]
    [InlineData("\"sha256\":\"", "\"sha256\":\"00")]
    [InlineData("\"sha256\":\"", "\"sha256\":\"zz")]
    [InlineData("\"host\":\"host.example\"", "\"host\":1")]
    [InlineData("\"host\":\"host.example\",", "")]
    [InlineData("\"accepted\":[]", "\"accepted\":[1]")]
    [InlineData("\"format\":1", "\"format\":0")]
    [InlineData("\"format\":1", "\"format\":-1")]
    [InlineData("\"format\":1", "\"format\":99999999999999")]
    [InlineData("\"entries\":[", "\"entries\":{")]
    [InlineData("]\n", "")]
    public void A_document_that_no_program_of_ours_writes_is_refused_although_its_checksum_is_right(string of, string by)
    {
        var text = Encoding.UTF8.GetString(Write(ManifestGenerators.Of(
            ManifestGenerators.Root(), ManifestGenerators.File("a", "abc"), ManifestGenerators.File("b", "def"))));
        var body = text[..text.IndexOf("\"checksum\"", StringComparison.Ordinal)];
        var at = body.IndexOf(of, StringComparison.Ordinal);
        var changed = at < 0 ? body.Replace("],\n", "", StringComparison.Ordinal) : string.Concat(body.AsSpan(0, at), by, body.AsSpan(at + of.Length));
        Assert.NotEqual(body, changed);
        AssertCorrupt(Sealed(changed), changed);
        AssertSame(Read(Sealed(body)), Read(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void What_could_not_be_read_back_is_not_written()
    {
        foreach (var entries in new ManifestEntry[][]
        {
            [],
            [ManifestGenerators.File("a", "")],
            [ManifestGenerators.Root(), ManifestGenerators.File("b", ""), ManifestGenerators.File("a", "")],
            [ManifestGenerators.Root(), ManifestGenerators.File("a/b", "")],
            [ManifestGenerators.Root(), ManifestGenerators.File("a", "") with { Checksums = null }],
        })
        {
            var error = Assert.Throws<StorageException>(() => Write(ManifestGenerators.Of(entries)));
            Assert.Equal(StorageErrorKind.InvalidArgument, error.Kind);
        }
    }

    [Fact]
    public void Random_bytes_and_random_json_never_do_anything_but_fail() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.String).Sample(
            (bytes, text) =>
            {
                AssertCorrupt(bytes, "random");
                AssertCorrupt(Sealed(text + "\n"), "random, sealed");
                AssertCorrupt(Sealed("{\n\"format\":1,\n" + text + "\n"), "random head, sealed");
            },
            iter: 500);

    internal static byte[] Write(BackupManifest manifest)
    {
        using var stream = new MemoryStream();
        ManifestSerializer.WriteAsync(manifest, stream, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return stream.ToArray();
    }

    internal static BackupManifest Read(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        return ManifestSerializer.ReadAsync(stream, CancellationToken.None).AsTask().GetAwaiter().GetResult();
    }

    private static byte[] Sealed(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return [.. bytes, .. Encoding.UTF8.GetBytes($"\"checksum\":\"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}\"\n}}\n")];
    }

    private static BackupManifest Small() => ManifestGenerators.Of(
        ManifestGenerators.Root(("user.x", [1, 2])),
        ManifestGenerators.Root() with { Path = "\u00e4" },
        ManifestGenerators.File("\u00e4/b", "content"));

    private static void AssertCorrupt(byte[] bytes, string because)
    {
        try
        {
            Read(bytes);
        }
        catch (StorageException error)
        {
            Assert.True(error.Kind == StorageErrorKind.Corrupt, $"{because}: {error.Kind} {error.Message}");
            Assert.NotEqual("", error.Message);
            return;
        }

        Assert.Fail($"not noticed: {because}");
    }

    private static void AssertSame(BackupManifest expected, BackupManifest actual)
    {
        Assert.Equal((expected.Format, expected.Started, expected.Ended, expected.Host), (actual.Format, actual.Started, actual.Ended, actual.Host));
        Assert.Equal(expected.Notes.Writers, actual.Notes.Writers);
        Assert.Equal(expected.Notes.Accepted, actual.Notes.Accepted);
        Assert.Equal(expected.Entries.Count, actual.Entries.Count);
        foreach (var (left, right) in expected.Entries.Zip(actual.Entries))
        {
            Assert.Equal(
                left with { Checksums = null, ExtendedAttributes = null, Target = null },
                right with { Checksums = null, ExtendedAttributes = null, Target = null });
            Assert.Equal(left.Target, right.Target);
            Assert.Equal(left.ExtendedAttributes ?? new Dictionary<string, byte[]>(), right.ExtendedAttributes ?? new Dictionary<string, byte[]>());
            Assert.Equal(left.Checksums is null, right.Checksums is null);
            if (left.Checksums is { } sums)
            {
                Assert.True(sums.Matches(right.Checksums!));
                Assert.Equal(sums.BlockSize, right.Checksums!.BlockSize);
                Assert.Equal(sums.Blocks, right.Checksums.Blocks);
            }
        }
    }
}
