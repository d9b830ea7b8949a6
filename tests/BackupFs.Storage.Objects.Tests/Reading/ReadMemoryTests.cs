using Microsoft.Extensions.Time.Testing;
using static BackupFs.Storage.Objects.Tests.Reading.ReadingWorld;

namespace BackupFs.Storage.Objects.Tests.Reading;

public sealed class ReadMemoryTests
{
    [Theory]
    [InlineData(MiB)]
    [InlineData(4 * MiB)]
    public async Task Many_readers_share_a_small_budget(int blockSize)
    {
        const int readers = 32;
        var world = new ReadingWorld(Random(12 * MiB), blockSize, 64L * MiB);

        // Objects of their own, or they would share the blocks.
        var stored = new List<StoredObject>();
        for (var i = 0; i < readers; i++)
        {
            world.Memory.Objects[$"file{i}"] = world.Content;
            var info = (await world.Memory.GetInfoAsync($"file{i}", default)).Value;
            stored.Add(new StoredObject(info.Key, info.Size, info.Tag));
        }

        world.Store.OnGet = async (_, cancellationToken) =>
        {
            Assert.True(world.Budget.Used <= 64L * MiB);
            await Task.Delay(1, cancellationToken);
            return null;
        };
        await Task.WhenAll(stored.Select(async item =>
        {
            await using var reader = new ObjectReader(world.Context, item, world.Checksums, item.Key);
            await world.CheckAllAsync(reader, 256 * 1024);
        })).WaitAsync(Limit);
        Assert.Equal(0, world.Budget.Used);
    }

    [Fact]
    public async Task A_read_waits_for_memory_and_goes_on()
    {
        var world = new ReadingWorld(Random(4 * MiB), memory: 64L * MiB);
        var others = new List<Granule>();
        while (world.Budget.TryRent() is { } granule)
        {
            others.Add(granule);
        }

        await using var reader = world.Open();
        var read = world.CheckAsync(reader, 0, 10);
        using var cancellation = new CancellationTokenSource();
        var cancelled = reader.ReadAsync(new byte[10], 3 * MiB, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        Assert.Equal(StorageErrorKind.Cancelled, (await cancelled.WaitAsync(Limit)).Error?.Kind);
        Assert.False(read.IsCompleted);
        Assert.Empty(world.Store.Gets);
        others[0].Dispose();
        await read;
        foreach (var granule in others.Skip(1))
        {
            granule.Dispose();
        }
    }

    [Fact]
    public async Task Who_waits_for_memory_gets_what_was_read_ahead()
    {
        var world = new ReadingWorld(Random(128 * MiB), memory: 64L * MiB);
        await using var reader = world.Open();
        for (var i = 0; i < 24; i++)
        {
            await world.CheckAsync(reader, i * (long)MiB, MiB);
        }

        await UntilAsync(() => world.Store.UnderWay == 0, "the read-ahead");
        Assert.True(world.Budget.Used >= 8 * MiB, $"{world.Budget.Used} bytes are read ahead");
        var others = new List<Granule>();
        for (var i = 0; i < 64 - world.Budget.Reserve; i++)
        {
            others.Add(await world.Budget.RentAsync(default).AsTask().WaitAsync(Limit));
        }

        foreach (var granule in others)
        {
            granule.Dispose();
        }

        await world.CheckAsync(reader, 24L * MiB, MiB);
    }

    [Fact]
    public async Task A_reader_never_takes_more_than_its_share()
    {
        var world = new ReadingWorld(Random(160 * MiB), memory: 128L * MiB);
        var most = 0L;
        world.Store.OnGet = (_, _) =>
        {
            most = Math.Max(most, world.Budget.Used);
            return default;
        };
        await using var reader = world.Open();
        await world.CheckAllAsync(reader, MiB);
        Assert.InRange(most, 16L * MiB, 36L * MiB);
    }

    [Fact]
    public async Task A_block_larger_than_what_can_be_had_is_read_piece_by_piece()
    {
        var world = new ReadingWorld(Random(96 * MiB), 64 * MiB, 64L * MiB);
        await using (var reader = world.Open())
        {
            await world.CheckAsync(reader, (10 * MiB) + 5, 3 * MiB);
            await world.CheckAsync(reader, (64 * MiB) - 5, 10);
            Assert.True(world.Store.Gets.All(get => get.Length <= MiB || get.Offset >= 64 * MiB));
            world.Content[20 * MiB] ^= 1;
            var result = await reader.ReadAsync(new byte[10], 0, default);
            Assert.Equal(StorageErrorKind.Corrupt, result.Error?.Kind);
            Assert.Contains("block 0 of 2 (bytes 0..67108863)", result.Error!.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, world.Budget.Used);
    }

    [Fact]
    public async Task A_large_block_comes_in_parallel_requests()
    {
        var world = new ReadingWorld(Random(64 * MiB), 32 * MiB);
        world.Store.OnGet = async (_, cancellationToken) =>
        {
            await Task.Delay(20, cancellationToken);
            return null;
        };
        await using var reader = world.Open();
        await world.CheckAsync(reader, 5 * MiB, MiB);
        Assert.Equal(4, world.Store.Gets.Count);
        Assert.All(world.Store.Gets, get => Assert.Equal(8L * MiB, get.Length));
        Assert.True(world.Store.MostUnderWay >= 2);
    }

    [Fact]
    public async Task Large_blocks_do_without_when_memory_does_not_come()
    {
        var time = new FakeTimeProvider();
        var world = new ReadingWorld(Random(32 * MiB), 16 * MiB, 64L * MiB, time);
        var others = new List<Granule>();
        for (var i = 0; i < 54 - world.Budget.Reserve; i++)
        {
            others.Add(world.Budget.TryRent()!);
        }

        // Ten granules are free, sixteen are needed, and nobody gives any back.
        await using (var reader = world.Open())
        {
            var reads = Task.WhenAll(
                world.CheckAsync(reader, 0, MiB), world.CheckAsync(reader, 16 * MiB, MiB), world.CheckAsync(reader, 5 * MiB, MiB));
            await UntilAsync(
                () =>
                {
                    time.Advance(TimeSpan.FromSeconds(1));
                    return reads.IsCompleted;
                },
                "the reads");
            await reads;
        }

        Assert.Equal(others.Count * (long)MiB, world.Budget.Used);
        others.ForEach(granule => granule.Dispose());
    }
}
