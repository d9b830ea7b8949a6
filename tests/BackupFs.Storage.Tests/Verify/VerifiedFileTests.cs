using CsCheck;

namespace BackupFs.Storage.Tests;

public sealed class VerifiedFileTests
{
    private const int Block = 1 << 20;
    private readonly VerifiedBlockCache _cache = new(4 * Block);

    [Fact]
    public async Task Small_sequential_reads_read_and_verify_each_block_once()
    {
        var inner = new ArrayFile(Content((3 * Block) + 100));
        await using var file = await OpenAsync(inner);
        var buffer = new byte[128 * 1024];
        using var all = new MemoryStream();
        for (long at = 0; await ReadAsync(file, buffer, at) is var read and > 0; at += read)
        {
            all.Write(buffer, 0, read);
        }

        Assert.True(all.GetBuffer().AsSpan(0, (int)all.Length).SequenceEqual(inner.Content));
        Assert.Equal(4, inner.Reads);
    }

    [Fact]
    public async Task Any_range_is_what_was_stored()
    {
        var inner = new ArrayFile(Content((5 * Block) + 3)) { MaximumRead = 300_000 };
        await using var file = await OpenAsync(inner);
        await Gen.Select(Gen.Int[0, (5 * Block) + 100], Gen.Int[0, 3 * Block]).SampleAsync(
            async (offset, length) =>
            {
                var buffer = new byte[length];
                var read = await ReadAsync(file, buffer, offset);
                Assert.Equal(Math.Clamp(inner.Content.Length - offset, 0, length), read);
                Assert.True(buffer.AsSpan(0, read).SequenceEqual(inner.Content.AsSpan(Math.Min(offset, inner.Content.Length), read)));
            },
            iter: 100);
        Assert.True(_cache.Bytes <= 5 * Block);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(Block)]
    [InlineData(2 * Block)]
    public async Task A_flipped_bit_is_corrupt_with_file_and_block(int length)
    {
        var content = Content(2 * Block);
        var inner = new ArrayFile((byte[])content.Clone());
        inner.Content[Block + 7] ^= 1;
        await using var file = await OpenAsync(inner, content);
        var result = await file.ReadAsync(new byte[length], 2 * Block - Math.Min(length, 2 * Block), CancellationToken.None);
        Assert.Equal(StorageErrorKind.Corrupt, result.Error?.Kind);
        Assert.Contains("'some/file' is corrupt in block 1 of 2", result.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(100, await ReadAsync(file, new byte[100], 0));
    }

    [Fact]
    public async Task A_bit_that_flips_on_the_way_is_read_again()
    {
        var inner = new ArrayFile(Content(Block))
        {
            OnRead = (number, bytes) => bytes.Span[0] ^= (byte)(number == 1 ? 1 : 0),
        };
        await using var file = await OpenAsync(inner);
        Assert.Equal(10, await ReadAsync(file, new byte[10], 0));
        Assert.Equal(2, inner.Reads);
    }

    [Fact]
    public async Task A_corrupt_block_is_read_anew_by_the_next_call()
    {
        var content = Content(Block);
        var inner = new ArrayFile(new byte[Block]);
        await using var file = await OpenAsync(inner, content);
        Assert.False((await file.ReadAsync(new byte[10], 0, CancellationToken.None)).IsOk);
        inner.Content = content;
        Assert.Equal(10, await ReadAsync(file, new byte[10], 0));
    }

    [Fact]
    public async Task A_file_of_another_size_is_corrupt_at_open()
    {
        var inner = new ArrayFile(Content(10));
        var result = await VerifiedFile.OpenAsync(inner, Sums(Content(11)), "f", _cache, CancellationToken.None);
        Assert.Equal(StorageErrorKind.Corrupt, result.Error?.Kind);
        Assert.True(inner.IsDisposed);
    }

    [Fact]
    public async Task A_file_that_shrinks_while_open_is_corrupt_not_short()
    {
        var inner = new ArrayFile(Content(Block + 10));
        await using var file = await OpenAsync(inner);
        inner.Content = inner.Content[..Block];
        var result = await file.ReadAsync(new byte[20], Block, CancellationToken.None);
        Assert.Equal(StorageErrorKind.Corrupt, result.Error?.Kind);
    }

    [Fact]
    public async Task Parallel_reads_of_one_block_share_one_read()
    {
        var gate = new TaskCompletionSource();
        var inner = new ArrayFile(Content(Block)) { Gate = gate.Task };
        await using var file = await OpenAsync(inner);
        var reads = Enumerable.Range(0, 16).Select(i => ReadAsync(file, new byte[100], i * 1000).AsTask()).ToArray();
        gate.SetResult();
        Assert.All(await Task.WhenAll(reads), read => Assert.Equal(100, read));
        Assert.Equal(1, inner.Reads);
    }

    [Fact]
    public async Task A_cancelled_loader_does_not_fail_those_who_wait_for_it()
    {
        var gate = new TaskCompletionSource();
        var inner = new ArrayFile(Content(Block)) { Gate = gate.Task };
        await using var file = await OpenAsync(inner);
        using var cancel = new CancellationTokenSource();
        var first = file.ReadAsync(new byte[10], 0, cancel.Token).AsTask();
        var second = file.ReadAsync(new byte[10], 5, CancellationToken.None).AsTask();
        await cancel.CancelAsync();
        var cancelled = await first;
        Assert.Equal(StorageErrorKind.Cancelled, cancelled.Error?.Kind);
        gate.SetResult();
        Assert.Equal(10, (await second).Value);
    }

    [Fact]
    public async Task Many_parallel_readers_over_a_small_cache_read_right()
    {
        var inner = new ArrayFile(Content((9 * Block) + 5)) { MaximumRead = 700_000 };
        await using var file = await OpenAsync(inner);
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var random = new Random(i);
            var offset = random.Next(9 * Block);
            var buffer = new byte[random.Next(1, 2 * Block)];
            var read = await ReadAsync(file, buffer, offset);
            Assert.True(buffer.AsSpan(0, read).SequenceEqual(inner.Content.AsSpan(offset, read)));
        });
    }

    [Fact]
    public async Task Closing_gives_the_memory_back()
    {
        var file = await OpenAsync(new ArrayFile(Content(Block)));
        await ReadAsync(file, new byte[10], 0);
        Assert.Equal(Block, _cache.Bytes);
        await file.DisposeAsync();
        Assert.Equal(0, _cache.Bytes);
    }

    [Fact]
    public async Task Every_change_is_refused()
    {
        await using var file = await OpenAsync(new ArrayFile(Content(10)));
        Assert.Equal(StorageErrorKind.ReadOnly, (await file.WriteAsync(new byte[1], 0, CancellationToken.None)).Error?.Kind);
        Assert.Equal(StorageErrorKind.ReadOnly, (await file.SetAttributesAsync(default, CancellationToken.None)).Error?.Kind);
        Assert.Equal(StorageErrorKind.InvalidArgument, (await file.ReadAsync(new byte[1], -1, CancellationToken.None)).Error?.Kind);
    }

    private static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }

    private static FileChecksums Sums(byte[] content)
    {
        using var summer = new FileChecksummer();
        summer.Append(content);
        return summer.Finish();
    }

    private static async ValueTask<int> ReadAsync(IBackupFile file, byte[] buffer, long offset) =>
        (await file.ReadAsync(buffer, offset, CancellationToken.None)).Value;

    private async Task<IBackupFile> OpenAsync(ArrayFile inner, byte[]? stored = null) =>
        (await VerifiedFile.OpenAsync(inner, Sums(stored ?? inner.Content), "some/file", _cache, CancellationToken.None)).Value;
}
