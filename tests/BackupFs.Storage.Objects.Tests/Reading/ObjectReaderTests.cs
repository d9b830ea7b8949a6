using BackupFs.Storage.Objects.Contract;
using BackupFs.Testing;
using CsCheck;
using static BackupFs.Storage.Objects.Tests.Reading.ReadingWorld;

namespace BackupFs.Storage.Objects.Tests.Reading;

public sealed class ObjectReaderTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, MiB)]
    [InlineData(MiB, MiB)]
    [InlineData((3 * MiB) + 17, MiB)]
    [InlineData((3 * MiB) + 17, 0)]
    [InlineData((9 * MiB) + 17, 4 * MiB)]
    public async Task What_is_read_in_order_is_what_was_stored(int size, int blockSize)
    {
        var world = new ReadingWorld(Random(size), blockSize);
        await using (var reader = world.Open())
        {
            await world.CheckAllAsync(reader, 100_000);
            await world.CheckAsync(reader, size, 10);
            await world.CheckAsync(reader, size + 5000L, 10);
        }

        Assert.Equal(0, world.Budget.Used);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(MiB)]
    [InlineData(2 * MiB)]
    public async Task Any_reads_at_any_time_are_what_was_stored(int blockSize)
    {
        var world = new ReadingWorld(Random((11 * MiB) + 5), blockSize, 64L * MiB);
        world.Store.OnGet = async (offset, cancellationToken) =>
        {
            await Task.Delay((int)(offset / MiB % 3), cancellationToken);
            return null;
        };
        var read = Gen.Select(Gen.Int[0, 12 * MiB], Gen.OneOf(Gen.Int[1, 5000], Gen.Int[1, 3 * MiB]));
        await read.Array[1, 12].SampleAsync(
            async reads =>
            {
                await using (var reader = world.Open())
                {
                    await Task.WhenAll(reads.Select(range => world.CheckAsync(reader, range.Item1, range.Item2)));
                    foreach (var (offset, length) in reads)
                    {
                        await world.CheckAsync(reader, offset, length);
                    }
                }

                Assert.Equal(0, world.Budget.Used);
            },
            iter: 40,
            threads: 1);
    }

    [Fact]
    public async Task Reading_in_order_fetches_everything_once_in_large_parallel_requests()
    {
        var world = new ReadingWorld(Random(200 * MiB));
        world.Store.OnGet = async (_, cancellationToken) =>
        {
            await Task.Delay(10, cancellationToken);
            return null;
        };
        await using var reader = world.Open();
        await world.CheckAllAsync(reader);
        Assert.Equal(200L * MiB, world.Store.Bytes);
        Assert.Equal((0, MiB), world.Store.Gets.First());
        Assert.Equal(8L * MiB, world.Store.Gets.Max(get => get.Length));
        Assert.True(world.Store.Gets.Count <= 60, $"{world.Store.Gets.Count} requests");
        Assert.InRange(world.Store.MostUnderWay, 2, 9);
    }

    [Fact]
    public async Task A_second_pass_reads_ahead_too()
    {
        var world = new ReadingWorld(Random(32 * MiB));
        await using var reader = world.Open();
        await world.CheckAllAsync(reader);
        world.Store.Gets.Clear();
        await world.CheckAllAsync(reader);
        Assert.True(world.Store.Bytes <= 32L * MiB);
        Assert.True(world.Store.Gets.Count <= 28, $"{world.Store.Gets.Count} requests");
    }

    [Fact]
    public async Task Reads_that_overtake_each_other_fetch_everything_once()
    {
        var world = new ReadingWorld(Random(64 * MiB));
        await using var reader = world.Open();
        for (var start = 0; start < 64; start += 4)
        {
            int[] order = start % 8 == 0 ? [2, 0, 3, 1] : [1, 0, 3, 2];
            var reads = order.Select(i => world.CheckAsync(reader, (start + i) * (long)MiB, MiB)).ToList();
            await Task.WhenAll(reads);
        }

        Assert.Equal(64L * MiB, world.Store.Bytes);
        Assert.True(world.Store.Gets.Count <= 48, $"{world.Store.Gets.Count} requests");
    }

    [Fact]
    public async Task Random_reads_fetch_only_the_blocks_they_need()
    {
        var world = new ReadingWorld(Random(128 * MiB));
        await using var reader = world.Open();
        int[] places = [100, 3, 77, 50, 20, 120, 64, 10, 90, 35];
        foreach (var place in places)
        {
            await world.CheckAsync(reader, (place * (long)MiB) + 1000, 4096);
        }

        Assert.Equal(places.Select(place => (place * (long)MiB, (long)MiB)), world.Store.Gets);
        Assert.True(world.Budget.Used <= 2 * MiB, $"{world.Budget.Used} bytes kept");
    }

    [Fact]
    public async Task A_read_across_two_blocks_fetches_them_with_one_request()
    {
        var world = new ReadingWorld(Random(16 * MiB));
        await using var reader = world.Open();
        await world.CheckAsync(reader, (6 * MiB) - 10, 20);
        Assert.Equal([(5L * MiB, 2L * MiB)], world.Store.Gets);
    }

    [Fact]
    public async Task Small_reads_with_large_gaps_read_nothing_ahead()
    {
        var world = new ReadingWorld(Random(64 * MiB));
        await using var reader = world.Open();
        for (var i = 0; i < 16; i++)
        {
            await world.CheckAsync(reader, i * 4L * MiB, 65536);
        }

        Assert.Equal(16, world.Store.Gets.Count);
        Assert.Equal(16L * MiB, world.Store.Bytes);
    }

    [Fact]
    public async Task Small_skips_go_on_reading_ahead()
    {
        var world = new ReadingWorld(Random(64 * MiB));
        await using var reader = world.Open();
        for (var i = 0; i < 8; i++)
        {
            await world.CheckAsync(reader, i * (long)MiB, MiB);
        }

        for (var i = 8; i < 62; i += 2)
        {
            await world.CheckAsync(reader, i * (long)MiB, MiB);
        }

        Assert.True(world.Store.Bytes <= 64L * MiB, "nothing is fetched twice");
        Assert.True(world.Store.Gets.Count < 40, $"{world.Store.Gets.Count} requests");
    }

    [Fact]
    public async Task Small_reads_backwards_fetch_each_block_once()
    {
        var world = new ReadingWorld(Random(16 * MiB));
        await using var reader = world.Open();
        for (long offset = (16 * MiB) - 65536; offset >= 0; offset -= 65536)
        {
            await world.CheckAsync(reader, offset, 65536);
        }

        Assert.Equal(16L * MiB, world.Store.Bytes);
    }

    [Fact]
    public async Task A_seek_away_cancels_what_is_under_way_and_frees_its_memory()
    {
        var world = new ReadingWorld(Random(128 * MiB));
        await using var reader = world.Open();
        for (var i = 0; i < 8; i++)
        {
            await world.CheckAsync(reader, i * (long)MiB, MiB);
        }

        // From here on only the one place answers.
        world.Store.OnGet = async (offset, cancellationToken) =>
        {
            await Task.Delay(offset == 100L * MiB ? 0 : Timeout.Infinite, cancellationToken);
            return null;
        };
        _ = reader.ReadAsync(new byte[MiB], 8 * MiB, CancellationToken.None).AsTask();
        await world.CheckAsync(reader, 100L * MiB, 4096);
        await UntilAsync(() => world.Budget.Used <= 2 * MiB, "memory given back");
        await UntilAsync(() => world.Store.UnderWay <= 1, "requests cancelled");
    }

    [Fact]
    public async Task A_read_of_what_is_in_memory_completes_at_once_and_allocates_nothing()
    {
        var world = new ReadingWorld(Random(4 * MiB));
        await using var reader = world.Open();
        await world.CheckAsync(reader, 0, MiB);
        var buffer = new byte[4096];
        var offset = 0L;

        // Inside the first block: no further block comes into reach.
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 12; i++)
            {
                var read = reader.ReadAsync(buffer, offset, CancellationToken.None);
                Assert.True(read.IsCompletedSuccessfully && read.Result.Value == buffer.Length);
                offset += buffer.Length;
            }
        }));
    }

    [Fact]
    public async Task Readers_of_the_same_object_share_what_is_under_way()
    {
        var world = new ReadingWorld(Random(4 * MiB));
        var gate = new TaskCompletionSource();
        world.Store.OnGet = async (_, cancellationToken) =>
        {
            await gate.Task.WaitAsync(cancellationToken);
            return null;
        };
        var readers = Enumerable.Range(0, 16).Select(_ => world.Open()).ToList();
        var reads = readers.Select(reader => world.CheckAsync(reader, 2 * MiB, MiB)).ToList();
        gate.SetResult();
        await Task.WhenAll(reads);
        Assert.Single(world.Store.Gets);
        foreach (var reader in readers)
        {
            await reader.DisposeAsync();
        }

        Assert.Equal(0, world.Budget.Used);
    }

    [Fact]
    public async Task A_stream_reads_it_all()
    {
        var world = new ReadingWorld(Random((20 * MiB) + 3));
        await using var reader = world.Open();
        await world.CheckAsync(reader, 0, 30 * MiB);
        Assert.Equal(world.Content.Length, world.Store.Bytes);
    }

    [Fact]
    public async Task Negative_offsets_and_closed_readers_are_errors()
    {
        var world = new ReadingWorld(Random(MiB));
        var reader = world.Open();
        Assert.Equal(StorageErrorKind.InvalidArgument, (await reader.ReadAsync(new byte[1], -1, default)).Error?.Kind);
        await reader.DisposeAsync();
        await reader.DisposeAsync();
        Assert.Equal(StorageErrorKind.Cancelled, (await reader.ReadAsync(new byte[1], 0, default)).Error?.Kind);
    }

    [Fact]
    public async Task Another_size_or_version_is_corrupt()
    {
        var world = new ReadingWorld(Random(3 * MiB));
        await using (var reader = new ObjectReader(world.Context, world.Stored with { Size = MiB }, world.Checksums, "some/file"))
        {
            var wrongSize = await reader.ReadAsync(new byte[1], 0, default);
            Assert.Equal(StorageErrorKind.Corrupt, wrongSize.Error?.Kind);
            Assert.Contains("'some/file' has 1048576 bytes; 3145728 were stored", wrongSize.Error!.Message, StringComparison.Ordinal);
        }

        await using var old = world.Open();
        world.Memory.Objects[Key] = Random(3 * MiB, seed: 2);
        var result = await old.ReadAsync(new byte[1], 0, default);
        Assert.Equal(StorageErrorKind.Corrupt, result.Error?.Kind);
        Assert.Contains("'some/file'", result.Error!.Message, StringComparison.Ordinal);
    }
}
