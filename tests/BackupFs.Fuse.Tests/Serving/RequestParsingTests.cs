using BackupFs.Fuse.Protocol;
using CsCheck;
using Microsoft.Extensions.Logging;

namespace BackupFs.Fuse.Tests.Serving;

public sealed class RequestParsingTests
{
    private static readonly FuseOpcode[] Unanswered = [FuseOpcode.Forget, FuseOpcode.BatchForget, FuseOpcode.Interrupt];

    public static TheoryData<FuseOpcode> Opcodes => [.. Enum.GetValues<FuseOpcode>()];

    [Theory]
    [MemberData(nameof(Opcodes))]
    public void Every_truncation_is_answered_once_and_breaks_nothing(FuseOpcode opcode)
    {
        var harness = new DispatcherHarness(new StubFileSystem());
        for (int length = 0; length <= 100; length++)
        {
            Feed(harness, opcode, new byte[length]);
            Feed(harness, opcode, [.. Enumerable.Repeat((byte)0xff, length)]);
            Feed(harness, opcode, [.. Enumerable.Repeat((byte)'a', length)]);
        }
    }

    [Fact]
    public void Garbage_is_answered_once_and_breaks_nothing()
    {
        var harness = new DispatcherHarness(new StubFileSystem());
        Gen.Select(Gen.UInt[0, 60], Gen.Byte.Array[0, 300]).Sample(
            (opcode, body) => Feed(harness, (FuseOpcode)opcode, body), iter: 20_000, threads: 1);
    }

    [Fact]
    public void A_header_that_lies_about_its_length_gets_EIO()
    {
        var harness = new DispatcherHarness(new StubFileSystem());
        foreach (uint length in new uint[] { 0, 39, 41, 4096, uint.MaxValue })
        {
            byte[] message = DispatcherHarness.Message(FuseOpcode.Readlink, 1, 2);
            BitConverter.TryWriteBytes(message, length);
            harness.Feed(message);
            Assert.Equal(-(int)Errno.EIO, harness.Channel.LastHeader.Error);
        }
    }

    [Fact]
    public void Extensions_beyond_the_message_get_EIO()
    {
        var harness = new DispatcherHarness(new StubFileSystem());
        byte[] message = DispatcherHarness.Message(FuseOpcode.Lookup, 1, 2, "name\0"u8.ToArray());
        message[36] = 1; // 8 bytes of extensions, of which there are 5
        harness.Feed(message);
        Assert.Equal(-(int)Errno.EIO, harness.Channel.LastHeader.Error);
    }

    [Fact]
    public void What_is_shorter_than_a_header_is_ignored()
    {
        var harness = new DispatcherHarness(new StubFileSystem());
        for (int length = 0; length < 40; length++)
        {
            harness.Feed(new byte[length]);
        }

        Assert.Empty(harness.Channel.Replies);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    public void A_name_that_is_none_gets_EIO(string name)
    {
        var harness = new DispatcherHarness(new StubFileSystem());
        harness.Feed(DispatcherHarness.Message(FuseOpcode.Lookup, 1, 2, [.. System.Text.Encoding.UTF8.GetBytes(name), 0]));
        Assert.Equal(-(int)Errno.EIO, harness.Channel.LastHeader.Error);
    }

    [Fact]
    public void A_write_that_claims_more_data_than_it_has_gets_EIO()
    {
        var harness = new DispatcherHarness(new StubFileSystem());
        byte[] body = [.. DispatcherHarness.Bytes(new WriteIn { Size = 101 }), .. new byte[100]];
        harness.Feed(DispatcherHarness.Message(FuseOpcode.Write, 5, 2, body));
        Assert.Equal(-(int)Errno.EIO, harness.Channel.LastHeader.Error);
    }

    [Theory]
    [InlineData(FuseOpcode.Ioctl)]
    [InlineData(FuseOpcode.Poll)]
    [InlineData(FuseOpcode.Setlk)]
    [InlineData((FuseOpcode)999)]
    public void What_is_not_served_gets_ENOSYS(FuseOpcode opcode)
    {
        var harness = new DispatcherHarness(new StubFileSystem());
        harness.Feed(DispatcherHarness.Message(opcode, 1, 2, new byte[64]));
        Assert.Equal(-(int)Errno.ENOSYS, harness.Channel.LastHeader.Error);
    }

    private static void Feed(DispatcherHarness harness, FuseOpcode opcode, byte[] body)
    {
        int before = harness.Channel.Count;
        harness.Feed(DispatcherHarness.Message(opcode, 1, 77, body));
        int answers = harness.Channel.Count - before;
        Assert.True(
            answers == 1 || (Unanswered.Contains(opcode) && answers <= 1), $"{opcode} with {body.Length} bytes: {answers} answers");
        if (answers == 1)
        {
            Assert.InRange(harness.Channel.LastHeader.Error, -511, 0);
            Assert.Equal(77ul, harness.Channel.LastHeader.Unique);
        }

        Assert.DoesNotContain(harness.Log.Entries, entry => entry.Level == LogLevel.Error);
        Assert.Equal(0, harness.Pool.PendingCount);
        harness.Channel.Replies.RemoveRange(0, Math.Max(0, harness.Channel.Replies.Count - 1));
        harness.Log.Entries.Clear();
    }
}
