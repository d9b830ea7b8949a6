using BackupFs.WinFsp.Layout;
using CsCheck;

namespace BackupFs.WinFsp.Tests.Layout;

public class ExtendedAttributeListTests
{
    private static readonly Gen<WinFspExtendedAttribute> Attribute = Gen.Select(
        Gen.String[Gen.Char['A', 'Z'], 1, 254],
        Gen.Byte.Array[0, 300],
        Gen.Bool,
        (name, value, needed) => new WinFspExtendedAttribute(name, value, needed));

    [Fact]
    public void The_bytes_are_those_of_Windows()
    {
        var list = new byte[64];
        int length = ExtendedAttributeList.Write([new("AB", new byte[] { 1, 2, 3 }, Needed: true), new("C", new byte[] { 9 })], list);
        byte[] expected =
        [
            16, 0, 0, 0, 0x80, 2, 3, 0, (byte)'A', (byte)'B', 0, 1, 2, 3, 0, 0,
            0, 0, 0, 0, 0x00, 1, 1, 0, (byte)'C', 0, 9,
        ];
        Assert.Equal(expected, list[..length]);
    }

    [Fact]
    public void What_is_written_is_read() => Attribute.Array[0, 5].Sample(attributes =>
    {
        var list = new byte[5000];
        int length = ExtendedAttributeList.Write(attributes, list);
        Assert.True(ExtendedAttributeList.TryRead(list.AsSpan(0, length), out List<WinFspExtendedAttribute> read));
        Assert.Equal(
            attributes.Select(attribute => (attribute.Name, Convert.ToHexString(attribute.Value.Span), attribute.Needed)),
            read.Select(attribute => (attribute.Name, Convert.ToHexString(attribute.Value.Span), attribute.Needed)));
    });

    [Fact]
    public void A_list_that_is_too_long_only_says_how_long() => Attribute.Array[1, 5].Sample(attributes =>
    {
        var list = new byte[5000];
        int length = ExtendedAttributeList.Write(attributes, list);
        var small = new byte[length - 1];
        Assert.Equal(length, ExtendedAttributeList.Write(attributes, small));
        Assert.Equal(-1, small.AsSpan().IndexOfAnyExcept((byte)0));
    });

    [Fact]
    public void No_bytes_make_it_read_beyond_them() => Gen.Byte.Array[0, 60].Sample(bytes =>
    {
        // Reading outside would throw.
        _ = ExtendedAttributeList.TryRead(bytes, out _);
    });

    [Theory]
    [InlineData("0000000000")]
    [InlineData("00000000000000004100")]
    [InlineData("00000000000109004100AABB")]
    [InlineData("04000000000101004100AA00")]
    [InlineData("FF000000000101004100AA00")]
    public void A_malformed_list_is_refused(string bytes) =>
        Assert.False(ExtendedAttributeList.TryRead(Convert.FromHexString(bytes), out _));

    [Fact]
    public void What_the_format_cannot_hold_is_refused()
    {
        Assert.Throws<ArgumentException>(() => ExtendedAttributeList.Write([new("", new byte[] { 1 })], new byte[500]));
        Assert.Throws<ArgumentException>(() => ExtendedAttributeList.Write([new(new string('A', 255), new byte[] { 1 })], new byte[500]));
        Assert.Throws<ArgumentException>(() => ExtendedAttributeList.Write([new("A", new byte[65536])], new byte[100_000]));
    }
}
