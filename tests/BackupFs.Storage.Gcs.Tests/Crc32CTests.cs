using System.Buffers;
using System.Text;
using BackupFs.Storage.Gcs.Emulator;
using Xunit;

namespace BackupFs.Storage.Gcs.Tests;

public sealed class Crc32CTests
{
    [Theory]
    [InlineData("", 0x00000000)]
    [InlineData("a", 0xC1D04330)]
    [InlineData("123456789", 0xE3069283)]
    public void Known_checksums(string text, uint checksum) => Assert.Equal(checksum, Crc32C.Append(0, Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void It_is_written_as_Google_writes_it() => Assert.Equal("4waSgw==", Crc32C.ToText(0xE3069283));

    [Fact]
    public void Pieces_of_any_length_add_up()
    {
        var content = new byte[1000];
        new Random(1).NextBytes(content);
        for (var cut = 0; cut <= content.Length; cut += 7)
        {
            var whole = Crc32C.Append(Crc32C.Append(0, content.AsSpan(0, cut)), new ReadOnlySequence<byte>(content, cut, content.Length - cut));
            Assert.Equal(Castagnoli.ToText(content), Crc32C.ToText(whole));
        }
    }
}
