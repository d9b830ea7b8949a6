using System.Text;
using BackupFs.Fuse.Protocol;
using BackupFs.Fuse.Tests.Interop;

namespace BackupFs.Fuse.Tests.Serving;

/// <summary>That arguments arrive where they belong.</summary>
public sealed class ArgumentsTests
{
    private readonly ArgumentsFileSystem _files = new();
    private readonly DispatcherHarness _harness;

    public ArgumentsTests() => _harness = new DispatcherHarness(_files);

    [Fact]
    public void Rename_has_two_names_and_no_flags()
    {
        Feed(FuseOpcode.Rename, [.. DispatcherHarness.Bytes(8ul), .. "a\0bc\0"u8]);
        Assert.Equal("rename 3 a 8 bc None", _files.Last);
    }

    [Fact]
    public void Rename2_has_flags()
    {
        var input = new Rename2In { NewDirectory = 8, Flags = RenameFlags.NoReplace };
        Feed(FuseOpcode.Rename2, [.. DispatcherHarness.Bytes(input), .. "a\0bc\0"u8]);
        Assert.Equal("rename 3 a 8 bc NoReplace", _files.Last);
    }

    [Fact]
    public void Symlink_has_the_name_first()
    {
        Feed(FuseOpcode.Symlink, [.. "name\0to/there\0"u8]);
        Assert.Equal("symlink 3 name to/there", _files.Last);
    }

    [Fact]
    public void Link_is_about_the_directory_and_carries_the_node()
    {
        Feed(FuseOpcode.Link, [.. DispatcherHarness.Bytes(12ul), .. "n\0"u8]);
        Assert.Equal("link 12 3 n", _files.Last);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Setxattr_is_read_in_the_form_agreed_on(bool extended)
    {
        _harness.Dispatcher.Features = extended ? FuseFeatures.SetxattrExtended : FuseFeatures.None;
        byte[] head = DispatcherHarness.Bytes(new SetxattrIn { Size = 3, Flags = XattrSetFlags.Create });
        Feed(FuseOpcode.Setxattr, [.. extended ? head : head[..8], .. "user.x\0abc"u8]);
        Assert.Equal("setxattr 3 user.x abc Create", _files.Last);
    }

    [Fact]
    public void Write_data_begins_on_a_page_and_is_whole()
    {
        byte[] data = new byte[1 << 20];
        new Random(1).NextBytes(data);
        Feed(FuseOpcode.Write, [.. DispatcherHarness.Bytes(new WriteIn { Handle = 4, Offset = 5, Size = 1 << 20 }), .. data]);
        Assert.Equal("write 3 4 5", _files.Last);
        Assert.Equal(data, _files.Data);
        Assert.Equal(0, _files.DataAlignment);
    }

    [Fact]
    public void Batch_forget_is_split_and_not_answered()
    {
        byte[] body =
        [
            .. DispatcherHarness.Bytes(new BatchForgetIn { Count = 2 }),
            .. DispatcherHarness.Bytes(new ForgetOne { Node = 4, Count = 5 }),
            .. DispatcherHarness.Bytes(new ForgetOne { Node = 6, Count = 7 }),
        ];
        Feed(FuseOpcode.BatchForget, body);
        Assert.Equal(["4x5", "6x7"], _files.Forgotten);
        Assert.Empty(_harness.Channel.Replies);
    }

    [Fact]
    public void Batch_forget_that_claims_too_many_stops_at_its_end()
    {
        byte[] head = DispatcherHarness.Bytes(new BatchForgetIn { Count = uint.MaxValue });
        Feed(FuseOpcode.BatchForget, [.. head, .. DispatcherHarness.Bytes(new ForgetOne { Node = 4, Count = 5 })]);
        Assert.Equal(["4x5"], _files.Forgotten);
    }

    [Theory]
    [InlineData(FuseOpcode.CopyFileRange, 8, 0x7ffff000)]
    [InlineData(FuseOpcode.CopyFileRange64, 8, 0x1_0000_0000)]
    public void Copies_are_limited_to_what_the_answer_can_say(FuseOpcode opcode, int answerLength, long length)
    {
        Feed(opcode, DispatcherHarness.Bytes(new CopyFileRangeIn { Length = 0x1_0000_0000 }));
        Assert.Equal(answerLength, _harness.Channel.LastBody.Length);
        long answered = opcode == FuseOpcode.CopyFileRange
            ? BitConverter.ToUInt32(_harness.Channel.LastBody)
            : BitConverter.ToInt64(_harness.Channel.LastBody);
        Assert.Equal(length, answered);
    }

    [Theory]
    [InlineData(0, 0, "size 5")]
    [InlineData(4, -34, "")]
    [InlineData(5, 0, "value")]
    public void An_xattr_is_answered_by_size_by_value_or_not_at_all(int room, int error, string answer)
    {
        Feed(FuseOpcode.Getxattr, [.. DispatcherHarness.Bytes(new GetxattrIn { Size = (uint)room }), .. "user.x\0"u8]);
        Assert.Equal(error, _harness.Channel.LastHeader.Error);
        ReadOnlySpan<byte> body = _harness.Channel.LastBody;
        Assert.Equal(answer, room == 0 ? $"size {BitConverter.ToInt32(body)}" : Encoding.ASCII.GetString(body));
    }

    private void Feed(FuseOpcode opcode, byte[] body) => _harness.Feed(DispatcherHarness.Message(opcode, 3, 100, body));

    private sealed class ArgumentsFileSystem : StubFileSystem
    {
        internal string Last { get; private set; } = string.Empty;

        internal byte[] Data { get; private set; } = [];

        internal long DataAlignment { get; private set; } = -1;

        internal List<string> Forgotten { get; } = [];

        public override void Forget(ulong node, ulong count) => Forgotten.Add($"{node}x{count}");

        public override void Rename(
            FuseRequest request, ulong parent, ReadOnlySpan<byte> name, ulong newParent, ReadOnlySpan<byte> newName, RenameFlags flags) =>
            Note(request, $"rename {parent} {Text(name)} {newParent} {Text(newName)} {flags}");

        public override void Symlink(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target) =>
            Note(request, $"symlink {parent} {Text(name)} {Text(target)}");

        public override void Link(FuseRequest request, ulong node, ulong newParent, ReadOnlySpan<byte> newName) =>
            Note(request, $"link {node} {newParent} {Text(newName)}");

        public override void Setxattr(
            FuseRequest request, ulong node, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, XattrSetFlags flags) =>
            Note(request, $"setxattr {node} {Text(name)} {Text(value)} {flags}");

        public override void Getxattr(FuseRequest request, ulong node, ReadOnlySpan<byte> name, int size) =>
            request.ReplyXattr("value"u8);

        public override void CopyFileRange(FuseRequest request, in CopyFileRangeRequest range) => request.ReplyCopied(range.Length);

        public override void Write(FuseRequest request, ulong node, ulong handle, long offset, ReadOnlyMemory<byte> data, WriteFlags flags)
        {
            Data = data.ToArray();
            DataAlignment = BufferAddress.Of(data) % Environment.SystemPageSize;
            Note(request, $"write {node} {handle} {offset}");
        }

        private static string Text(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes);

        private void Note(FuseRequest request, string what)
        {
            Last = what;
            request.ReplyOk();
        }
    }
}
