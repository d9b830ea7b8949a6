using BackupFs.WinFsp.Security;
using CsCheck;

namespace BackupFs.WinFsp.Tests.Security;

public class SidTests
{
    [Fact]
    public void The_bytes_are_those_of_Windows()
    {
        Assert.Equal("010100000000000100000000", Convert.ToHexString(Sid.Everyone.Bytes));
        Assert.Equal("01020000000000052000000020020000", Convert.ToHexString(Sid.Administrators.Bytes));
        Assert.Equal("010200000000001601000000E8030000", Convert.ToHexString(Sid.UnixUser(1000).Bytes));
    }

    [Theory]
    [InlineData("S-1-1-0")]
    [InlineData("S-1-5-32-545")]
    [InlineData("S-1-22-2-4294967295")]
    [InlineData("S-1-5-21-3623811015-3361044348-30300820-1013")]
    [InlineData("S-1-281474976710655-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15")]
    public void The_text_form_comes_back(string text) => Assert.Equal(text, Sid.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("S-1")]
    [InlineData("S-1-5")]
    [InlineData("S-2-5-32")]
    [InlineData("X-1-5-32")]
    [InlineData("S-1-5-")]
    [InlineData("S-1-5--1")]
    [InlineData("S-1-5-4294967296")]
    [InlineData("S-1-281474976710656-1")]
    [InlineData("S-1-1-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16")]
    public void What_is_none_is_refused(string text) => Assert.Throws<FormatException>(() => Sid.Parse(text));

    [Fact]
    public void Identifiers_are_equal_when_their_bytes_are() => Gen.UInt.Sample(number =>
    {
        Sid parsed = Sid.Parse($"S-1-22-1-{number}");
        Assert.Equal(Sid.UnixUser(number), parsed);
        Assert.Equal(Sid.UnixUser(number).GetHashCode(), parsed.GetHashCode());
        Assert.NotEqual(Sid.UnixGroup(number), parsed);
    });
}
