using System.Security.Cryptography;
using System.Text;

namespace BackupFs.Storage.S3.Tests;

public class CustomerKeyTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(200, 32).Select(i => (byte)i)];

    [Fact]
    public void A_key_is_taken_as_it_is_or_in_Base64()
    {
        byte[][] files =
        [
            Key,
            Encoding.ASCII.GetBytes(Convert.ToBase64String(Key)),
            Encoding.ASCII.GetBytes(Convert.ToBase64String(Key) + "\n"),
            Encoding.ASCII.GetBytes(Convert.ToBase64String(Key) + "\r\n"),
        ];
        foreach (var file in files)
        {
            var key = S3CustomerKey.Parse(file);
            Assert.NotNull(key);
            Assert.Equal(Convert.ToBase64String(Key), key.Base64);
            Assert.Equal(Convert.ToBase64String(MD5.HashData(Key)), key.Md5Base64);
        }
    }

    [Fact]
    public void What_is_no_key_of_32_bytes_is_refused()
    {
        Assert.Null(S3CustomerKey.Parse([]));
        Assert.Null(S3CustomerKey.Parse(Key.AsSpan(1)));
        Assert.Null(S3CustomerKey.Parse([.. Key, 10]));
        Assert.Null(S3CustomerKey.Parse(Encoding.ASCII.GetBytes(Convert.ToBase64String(Key.AsSpan(0, 16)))));

        // 32 characters that are Base64 are 24 bytes: Base64 is tried first, as Vitess does.
        Assert.Null(S3CustomerKey.Parse(Encoding.ASCII.GetBytes("abcdefghijklmnopqrstuvwxyz012345")));
    }

    [Fact]
    public void A_missing_file_is_an_error_of_the_first_request()
    {
        Assert.Equal(StorageErrorKind.NotFound, Assert.Throws<StorageException>(() => S3CustomerKey.Load("/missing/key")).Kind);
    }
}
