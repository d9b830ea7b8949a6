using System.IO.Hashing;
using System.Security.Cryptography;
using BackupFs.Testing;
using CsCheck;

namespace BackupFs.Storage.Tests;

public sealed class FileChecksummerTests
{
    [Fact]
    public void Nothing_has_no_block()
    {
        using var summer = new FileChecksummer();
        var sums = summer.Finish();
        Assert.Equal(0, sums.Size);
        Assert.Empty(sums.Blocks);
        Assert.Equal(SHA256.HashData([]), sums.Sha256);
    }

    [Fact]
    public void However_the_bytes_are_cut_the_sums_are_the_same() =>
        Gen.Select(Gen.Int[0, (3 << 20) + 17], Gen.Int[1, 1 << 21].List[1, 40], Gen.Int).Sample(
            (size, cuts, seed) =>
            {
                var data = new byte[size];
                new Random(seed).NextBytes(data);
                using var summer = new FileChecksummer();
                for (int at = 0, cut = 0; at < size; cut++)
                {
                    var length = Math.Min(cuts[cut % cuts.Count], size - at);
                    summer.Append(data.AsSpan(at, length));
                    at += length;
                }

                AssertSums(data, summer.Finish());
            },
            iter: 40);

    [Fact]
    public void An_instance_can_be_used_again()
    {
        using var summer = new FileChecksummer();
        summer.Append(new byte[3]);
        summer.Finish();
        summer.Append([1, 2]);
        AssertSums([1, 2], summer.Finish());
        summer.Append(new byte[100]);
        summer.Reset(-1);
        summer.Append([9]);
        AssertSums([9], summer.Finish());
    }

    [Fact]
    public void Zeros_count_as_if_they_were_read()
    {
        using var summer = new FileChecksummer();
        summer.Append([1]);
        summer.AppendZeros((1 << 20) + 5);
        var data = new byte[(1 << 20) + 6];
        data[0] = 1;
        AssertSums(data, summer.Finish());
    }

    [Theory]
    [InlineData(-1L, 1 << 20)]
    [InlineData(0L, 1 << 20)]
    [InlineData(16384L << 20, 1 << 20)]
    [InlineData((16384L << 20) + 1, 2 << 20)]
    [InlineData(1L << 40, 64 << 20)]
    [InlineData(long.MaxValue, 64 << 20)]
    public void The_block_size_grows_with_the_file(long size, int expected)
    {
        Assert.Equal(expected, FileChecksums.BlockSizeFor(size));
        Assert.True(FileChecksums.IsValidBlockSize(expected));
    }

    [Fact]
    public void A_block_verifies_only_with_its_bytes_and_its_length()
    {
        using var summer = new FileChecksummer();
        var data = new byte[(1 << 20) + 10];
        data[^1] = 7;
        summer.Append(data);
        var sums = summer.Finish();
        Assert.Equal(2, sums.BlockCount);
        Assert.Equal(10, sums.BlockLength(1));
        Assert.True(sums.Verify(0, data.AsSpan(0, 1 << 20)));
        Assert.True(sums.Verify(1, data.AsSpan(1 << 20)));
        Assert.False(sums.Verify(1, data.AsSpan(1 << 20, 9)));
        Assert.False(sums.Verify(1, new byte[10]));
    }

    [Fact]
    public void Appending_allocates_nothing_once_the_list_has_room()
    {
        using var summer = new FileChecksummer();
        var data = new byte[100_000];
        summer.Append(data);
        summer.AppendZeros(8 << 20);
        Assert.Equal(0, Allocations.Of(() =>
        {
            summer.Reset(-1);
            for (var i = 0; i < 50; i++)
            {
                summer.Append(data);
            }
        }));
    }

    private static void AssertSums(byte[] data, FileChecksums sums)
    {
        Assert.Equal(data.Length, sums.Size);
        Assert.Equal(SHA256.HashData(data), sums.Sha256);
        Assert.Equal(data.Chunk(sums.BlockSize).Select(block => XxHash3.HashToUInt64(block)), sums.Blocks);
    }
}
