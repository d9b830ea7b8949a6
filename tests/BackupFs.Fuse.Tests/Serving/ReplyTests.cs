using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BackupFs.Fuse.Protocol;
using BackupFs.Testing;

namespace BackupFs.Fuse.Tests.Serving;

public sealed class ReplyTests
{
    private static readonly byte[] ReadMessage =
        DispatcherHarness.Message(FuseOpcode.Read, 3, 8, DispatcherHarness.Bytes(new ReadIn { Handle = 1, Size = 4096 }));

    [Fact]
    public void An_answer_after_the_handler_returned_arrives()
    {
        var files = new LateFileSystem();
        var harness = new DispatcherHarness(files);
        harness.Feed(ReadMessage);
        Assert.Equal(1, harness.Pool.PendingCount);
        Assert.Equal(0, harness.Channel.Count);
        Assert.True(files.Pending[0].ReplyData("late"u8));
        Assert.Equal("late"u8, harness.Channel.LastBody);
        Assert.Equal(8ul, harness.Channel.LastHeader.Unique);
        Assert.Equal(0, harness.Pool.PendingCount);
    }

    [Fact]
    public void A_second_answer_throws_even_when_the_slot_serves_another_request()
    {
        var files = new LateFileSystem();
        var harness = new DispatcherHarness(files);
        harness.Feed(ReadMessage);
        FuseRequest first = files.Pending[0];
        first.ReplyError(Errno.EIO);
        for (int index = 0; index < 20; index++)
        {
            harness.Feed(ReadMessage);
        }

        int answers = harness.Channel.Count;
        Assert.Throws<InvalidOperationException>(() => first.ReplyOk());
        Assert.Throws<InvalidOperationException>(() => first.ReplyData("x"u8));
        Assert.Throws<InvalidOperationException>(() => first.Unique);
        Assert.Equal(answers, harness.Channel.Count);
    }

    [Fact]
    public async Task Of_many_answers_at_once_one_arrives()
    {
        var files = new LateFileSystem();
        var harness = new DispatcherHarness(files);
        for (int round = 0; round < 200; round++)
        {
            harness.Feed(ReadMessage);
            FuseRequest request = files.Pending[^1];
            int before = harness.Channel.Count;
            int thrown = 0;
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                try
                {
                    request.ReplyError(Errno.EIO);
                }
                catch (InvalidOperationException)
                {
                    Interlocked.Increment(ref thrown);
                }
            })));
            Assert.Equal(1, harness.Channel.Count - before);
            Assert.Equal(3, thrown);
        }
    }

    [Fact]
    public void An_answer_nobody_takes_returns_false()
    {
        var files = new LateFileSystem();
        var harness = new DispatcherHarness(files);
        foreach (Errno gone in new[] { Errno.ENOENT, Errno.ENODEV })
        {
            harness.Channel.Result = gone;
            harness.Feed(ReadMessage);
            Assert.False(files.Pending[^1].ReplyOk());
        }

        Assert.Empty(harness.Log.Entries);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(512)]
    public void An_error_that_is_none_is_refused_and_the_request_stays_answerable(int error)
    {
        var files = new LateFileSystem();
        var harness = new DispatcherHarness(files);
        harness.Feed(ReadMessage);
        Assert.Throws<ArgumentOutOfRangeException>(() => files.Pending[0].ReplyError((Errno)error));
        Assert.True(files.Pending[0].ReplyError(Errno.EIO));
    }

    [Fact]
    public void More_data_than_asked_for_is_refused()
    {
        var files = new LateFileSystem();
        var harness = new DispatcherHarness(files);
        harness.Feed(ReadMessage);
        Assert.Throws<ArgumentOutOfRangeException>(() => files.Pending[0].ReplyData(4097));
        Assert.Throws<ArgumentOutOfRangeException>(() => files.Pending[0].ReplyData(new byte[4097]));
        Assert.True(files.Pending[0].ReplyData(4096));
    }

    [Fact]
    public void An_interrupt_cancels_the_token_of_its_request_only()
    {
        var files = new LateFileSystem();
        var harness = new DispatcherHarness(files);
        harness.Feed(ReadMessage);
        harness.Feed(DispatcherHarness.Message(FuseOpcode.Read, 3, 10, DispatcherHarness.Bytes(new ReadIn { Size = 10 })));
        CancellationToken token = files.Pending[0].Interrupted;
        harness.Feed(DispatcherHarness.Message(FuseOpcode.Interrupt, 0, 9, DispatcherHarness.Bytes(8ul)));
        Assert.True(token.WaitHandle.WaitOne(TimeSpan.FromSeconds(30)));
        Assert.True(files.Pending[0].IsInterrupted);
        Assert.False(files.Pending[1].IsInterrupted);
        Assert.Equal(0, harness.Channel.Count);
        files.Pending[0].ReplyError(Errno.EINTR);
        files.Pending[1].ReplyOk();
    }

    [Fact]
    public void An_unknown_interrupt_is_asked_to_repeat_once_and_remembered()
    {
        var files = new LateFileSystem();
        var harness = new DispatcherHarness(files);
        byte[] interrupt = DispatcherHarness.Message(FuseOpcode.Interrupt, 0, 9, DispatcherHarness.Bytes(8ul));
        harness.Feed(interrupt);
        Assert.Equal(-(int)Errno.EAGAIN, harness.Channel.LastHeader.Error);
        harness.Feed(interrupt);
        Assert.Equal(1, harness.Channel.Count);
        harness.Feed(ReadMessage);
        Assert.True(files.Pending[0].Interrupted.IsCancellationRequested);
        files.Pending[0].ReplyError(Errno.EINTR);
    }

    [Fact]
    public void Directory_records_are_padded_and_stop_where_the_room_ends()
    {
        var harness = new DispatcherHarness(new ListingFileSystem());
        harness.Feed(DispatcherHarness.Message(FuseOpcode.Readdir, 3, 8, DispatcherHarness.Bytes(new ReadIn { Size = 100 })));
        ReadOnlySpan<byte> body = harness.Channel.LastBody;
        Assert.Equal(96, body.Length); // three records of 24 + 1..8
        Assert.Equal((byte)'n', body[24]);
        Assert.True(body[25..32].SequenceEqual(new byte[7]));

        harness.Feed(DispatcherHarness.Message(FuseOpcode.Readdirplus, 3, 8, DispatcherHarness.Bytes(new ReadIn { Size = 400 })));
        body = harness.Channel.LastBody;
        Assert.Equal(320, body.Length); // two records of 152 + 1, padded
        Assert.Equal(42ul, MemoryMarshal.Read<EntryOut>(body).Node);
        DirectoryEntry entry = MemoryMarshal.Read<DirectoryEntry>(body[Unsafe.SizeOf<EntryOut>()..]);
        Assert.Equal(DirectoryEntryType.File, entry.Type);
        Assert.Equal(1u, entry.NameLength);
    }

    [Fact]
    public void Answering_at_once_allocates_nothing()
    {
        var harness = new DispatcherHarness(new QuietFileSystem());
        harness.Channel.Keep = false;
        byte[][] messages =
        [
            DispatcherHarness.Message(FuseOpcode.Getattr, 3, 8, DispatcherHarness.Bytes(default(GetattrIn))),
            DispatcherHarness.Message(FuseOpcode.Lookup, 3, 8, "name\0"u8.ToArray()),
            DispatcherHarness.Message(FuseOpcode.Read, 3, 8, DispatcherHarness.Bytes(new ReadIn { Size = 65536 })),
            DispatcherHarness.Message(
                FuseOpcode.Write, 3, 8, [.. DispatcherHarness.Bytes(new WriteIn { Size = 4096 }), .. new byte[4096]]),
        ];
        for (int round = 0; round < 200; round++)
        {
            FeedAll(harness, messages);
        }

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int round = 0; round < 100; round++)
            {
                FeedAll(harness, messages);
            }
        }));
        Assert.Equal(4 * 1200, harness.Channel.Count);
    }

    private static void FeedAll(DispatcherHarness harness, byte[][] messages)
    {
        foreach (byte[] message in messages)
        {
            harness.Feed(message);
        }
    }

    private sealed class LateFileSystem : StubFileSystem
    {
        internal List<FuseRequest> Pending { get; } = [];

        public override void Read(FuseRequest request, ulong node, ulong handle, long offset, int size) => Pending.Add(request);
    }

    private sealed class ListingFileSystem : StubFileSystem
    {
        public override void Readdir(FuseRequest request, ulong node, ulong handle, long offset, int size)
        {
            DirectoryWriter writer = request.CreateDirectoryWriter();
            while (writer.TryAdd("n"u8, 1, 1, DirectoryEntryType.File))
            {
            }

            request.ReplyDirectory(in writer);
        }

        public override void Readdirplus(FuseRequest request, ulong node, ulong handle, long offset, int size)
        {
            DirectoryWriter writer = request.CreateDirectoryWriter();
            var entry = new FuseEntry { Node = 42, Attributes = new FuseAttributes { Mode = 0x81a4, Inode = 42 } };
            while (writer.TryAddPlus("n"u8, 1, in entry))
            {
            }

            request.ReplyDirectory(in writer);
        }
    }

    private sealed class QuietFileSystem : StubFileSystem
    {
        public override void Getattr(FuseRequest request, ulong node, ulong? handle) =>
            request.ReplyAttributes(new FuseAttributes { Inode = node, Size = 5 }, TimeSpan.FromSeconds(1));

        public override void Lookup(FuseRequest request, ulong parent, ReadOnlySpan<byte> name) =>
            request.ReplyEntry(new FuseEntry { Node = 4, AttributesTimeout = TimeSpan.FromSeconds(1) });

        public override void Read(FuseRequest request, ulong node, ulong handle, long offset, int size)
        {
            request.ReplyBuffer.Span[..size].Fill(1);
            request.ReplyData(size);
        }

        public override void Write(FuseRequest request, ulong node, ulong handle, long offset, ReadOnlyMemory<byte> data, WriteFlags flags) =>
            request.ReplyWritten(data.Span.Length);
    }
}
