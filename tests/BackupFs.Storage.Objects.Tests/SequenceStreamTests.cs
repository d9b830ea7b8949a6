using System.Buffers;
using CsCheck;
using Xunit;

namespace BackupFs.Storage.Objects.Tests;

public class SequenceStreamTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 200).Select(i => (byte)i)];

    [Fact]
    public void Reads_and_seeks_as_a_memory_stream_does() =>
        Gen.Select(Gen.Int[0, 60].Array[0, 8], Gen.Select(Gen.Int[0, 3], Gen.Int[0, 80]).Array[1, 30]).Sample((lengths, operations) =>
        {
            var bytes = Content.AsSpan(0, Math.Min(Content.Length, lengths.Sum())).ToArray();
            using var expected = new MemoryStream(bytes);
            using var actual = new SequenceStream(Cut(bytes, lengths));
            Assert.Equal(expected.Length, actual.Length);
            foreach (var (kind, amount) in operations)
            {
                if (kind == 0)
                {
                    var position = Math.Min(amount, bytes.Length);
                    Assert.Equal(expected.Seek(position, SeekOrigin.Begin), actual.Seek(position, SeekOrigin.Begin));
                }
                else
                {
                    var (wanted, got) = (new byte[amount], new byte[amount]);
                    Assert.Equal(expected.Read(wanted, 0, amount), actual.Read(got, 0, amount));
                    Assert.Equal(wanted, got);
                }

                Assert.Equal(expected.Position, actual.Position);
            }
        });

    [Fact]
    public async Task Copies_the_rest_after_a_read_and_again_after_a_seek()
    {
        await using var stream = new SequenceStream(Cut(Content, [0, 7, 0, 90, 103]));
        Assert.Equal(10, await stream.ReadAsync(new byte[10]));
        using var rest = new MemoryStream();
        await stream.CopyToAsync(rest);
        Assert.Equal(Content[10..], rest.ToArray());
        Assert.Equal(stream.Length, stream.Position);

        stream.Position = 0;
        using var whole = new MemoryStream();
        await stream.CopyToAsync(whole);
        Assert.Equal(Content, whole.ToArray());
        Assert.Equal(0, stream.ReadByte() + 1);
    }

    [Fact]
    public async Task Refuses_a_position_outside_and_a_cancelled_read()
    {
        await using var stream = new SequenceStream(new ReadOnlySequence<byte>(Content));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Position = Content.Length + 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Seek(-1, SeekOrigin.Begin));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await stream.ReadExactlyAsync(new byte[1], new CancellationToken(canceled: true)));
    }

    private static ReadOnlySequence<byte> Cut(byte[] bytes, int[] lengths)
    {
        var first = new Piece(ReadOnlyMemory<byte>.Empty, null);
        var (last, offset) = (first, 0);
        foreach (var length in lengths)
        {
            var count = Math.Min(length, bytes.Length - offset);
            last = new Piece(bytes.AsMemory(offset, count), last);
            offset += count;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
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
