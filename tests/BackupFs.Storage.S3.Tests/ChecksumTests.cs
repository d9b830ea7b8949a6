using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace BackupFs.Storage.S3.Tests;

public class ChecksumTests
{
    private static readonly byte[] CheckInput = Encoding.ASCII.GetBytes("123456789");

    [Theory]
    [InlineData(S3Checksum.Md5, "25f9e794323b453885f5181f1b624d0b")]
    [InlineData(S3Checksum.Crc32C, "e3069283")]
    [InlineData(S3Checksum.Crc64Nvme, "ae8b14860a799888")]
    [InlineData(S3Checksum.Sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225")]
    public void Checksums_have_their_check_values(S3Checksum kind, string expected) =>
        Assert.Equal(expected, Convert.ToHexStringLower(BodyChecksum.Of(new ReadOnlySequence<byte>(CheckInput), kind).Value));

    [Theory]
    [InlineData(S3Checksum.Md5)]
    [InlineData(S3Checksum.Crc32C)]
    [InlineData(S3Checksum.Crc64Nvme)]
    [InlineData(S3Checksum.Sha256)]
    public void Pieces_have_the_checksum_of_the_whole(S3Checksum kind)
    {
        var bytes = new byte[1001];
        new Random(1).NextBytes(bytes);
        var first = new Piece(bytes.AsMemory(0, 13), null);
        var last = new Piece(bytes.AsMemory(18), new Piece(bytes.AsMemory(13, 5), first));
        var pieces = new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        Assert.Equal(BodyChecksum.Of(new ReadOnlySequence<byte>(bytes), kind).Value, BodyChecksum.Of(pieces, kind).Value);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    [InlineData(1, 1000)]
    [InlineData(70_000, 12_345)]
    public void The_CRC_of_two_strings_is_combined(int firstLength, int secondLength)
    {
        var bytes = new byte[firstLength + secondLength];
        new Random(2).NextBytes(bytes);
        Assert.Equal(Crc(bytes), Crc64Nvme.Combine(Crc(bytes.AsSpan(0, firstLength)), Crc(bytes.AsSpan(firstLength)), secondLength));
    }

    [Fact]
    public void The_tag_of_parts_is_the_MD5_of_their_MD5s()
    {
        byte[][] sums = [MD5.HashData("a"u8), MD5.HashData("b"u8)];
        var parts = sums.Select((sum, i) => new S3Part(i + 1, 1, Convert.ToHexStringLower(sum), false, null)).ToList();
        var expected = Convert.ToHexStringLower(MD5.HashData([.. sums[0], .. sums[1]])) + "-2";
        Assert.Equal(expected, S3Part.TagOfAll(parts));
        Assert.True(S3Part.IsTagOfParts(expected));
        Assert.False(S3Part.IsTagOfParts("opaque-2"));
        Assert.Null(S3Part.TagOfAll([parts[0], parts[1] with { IsOpaque = true }]));
        Assert.Null(S3Part.TagOfAll([parts[0], parts[1] with { Tag = "opaque" }]));
    }

    [Theory]
    [InlineData(S3Checksum.Crc64Nvme)]
    [InlineData(S3Checksum.Crc32C)]
    [InlineData(S3Checksum.Sha256)]
    public void The_checksum_of_a_whole_object_is_compared_with_that_of_its_parts(S3Checksum kind)
    {
        var bytes = new byte[300];
        new Random(3).NextBytes(bytes);
        var sums = new[] { bytes[..200], bytes[200..] }.Select(part => BodyChecksum.Of(new ReadOnlySequence<byte>(part), kind)).ToArray();
        List<S3Part> parts = [new(1, 200, "t", true, sums[0].Base64), new(2, 100, "t", true, sums[1].Base64)];
        var whole = kind == S3Checksum.Crc64Nvme
            ? BodyChecksum.Of(new ReadOnlySequence<byte>(bytes), kind).Base64
            : BodyChecksum.Of(new ReadOnlySequence<byte>([.. sums[0].Value, .. sums[1].Value]), kind).Base64 + "-2";
        var subject = new S3Subject("completing", "bucket", "key");
        Assert.Null(S3Part.CompareWhole(subject, parts, kind, Confirmed(kind, whole)));
        Assert.Equal(StorageErrorKind.Corrupt, S3Part.CompareWhole(subject, parts, kind, Confirmed(kind, sums[0].Base64))?.Kind);
        Assert.Equal(StorageErrorKind.Unsupported, S3Part.CompareWhole(subject, parts, kind, default)?.Kind);
    }

    private static ConfirmedChecksums Confirmed(S3Checksum kind, string value) => new(
        kind == S3Checksum.Crc32C ? value : null, kind == S3Checksum.Crc64Nvme ? value : null, kind == S3Checksum.Sha256 ? value : null);

    private static ulong Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = default(Crc64Nvme);
        crc.Append(bytes);
        return crc.Value;
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        internal Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is not null)
            {
                before.Next = this;
                RunningIndex = before.RunningIndex + before.Memory.Length;
            }
        }
    }
}
