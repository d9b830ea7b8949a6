using static BackupFs.Storage.Objects.Tests.Reading.ReadingWorld;

namespace BackupFs.Storage.Objects.Tests.Reading;

public sealed class ObjectReaderFaultTests
{
    private static readonly StorageError Down = new(StorageErrorKind.Unavailable, "the server does not answer", IsTransient: true);

    [Theory]
    [InlineData(MiB)]
    [InlineData(4 * MiB)]
    public async Task A_bit_that_flips_on_the_way_is_fetched_again(int blockSize)
    {
        var world = new ReadingWorld(Random(8 * MiB), blockSize);
        var flips = 1;
        world.Memory.OnRead = (_, offset, bytes) =>
        {
            if (offset == 4 * MiB && Interlocked.Decrement(ref flips) == 0)
            {
                bytes.Span[7] ^= 1;
            }
        };
        await using var reader = world.Open();
        await world.CheckAsync(reader, 4 * MiB, 100);
        Assert.Equal(2, world.Store.Gets.Count);
        Assert.Contains(world.Log, line => line.Contains("was right when it was fetched again", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(MiB, 5, 5242880, 6291455)]
    [InlineData(4 * MiB, 1, 4194304, 8388607)]
    public async Task A_wrong_byte_is_corrupt_with_file_block_and_range(int blockSize, int block, long first, long last)
    {
        var world = new ReadingWorld(Random(8 * MiB), blockSize);
        world.Content[(5 * MiB) + 9] ^= 1;
        await using var reader = world.Open();
        for (var i = 0; i < 3; i++)
        {
            var result = await reader.ReadAsync(new byte[10], 5 * MiB, default);
            Assert.Equal(StorageErrorKind.Corrupt, result.Error?.Kind);
            Assert.Equal(
                $"'some/file' is corrupt in block {block} of {8 * MiB / blockSize} (bytes {first}..{last}): the bytes are not those that were stored",
                result.Error!.Message);
            Assert.Equal((i + 1) * 2, world.Store.Gets.Count);
        }

        Assert.Single(world.Log, line => line.Contains("is corrupt", StringComparison.Ordinal));
        await world.CheckAsync(reader, 0, MiB);
        world.Content[(5 * MiB) + 9] ^= 1;
        await world.CheckAsync(reader, 5 * MiB, 10);
    }

    [Fact]
    public async Task A_wrong_byte_met_in_order_is_told_where_it_is()
    {
        var world = new ReadingWorld(Random(24 * MiB));
        world.Content[(17 * MiB) + 9] ^= 1;
        await using var reader = world.Open();
        for (var i = 0; i < 24; i++)
        {
            var result = await reader.ReadAsync(new byte[MiB], i * (long)MiB, default).AsTask().WaitAsync(Limit);
            Assert.Equal(i == 17 ? StorageErrorKind.Corrupt : null, result.Error?.Kind);
        }

        // Once more; and if that was before anybody needed the block, as often again for who does.
        Assert.InRange(world.Store.Gets.Count(get => get == (17L * MiB, MiB)), 1, 3);
        Assert.Single(world.Log, line => line.Contains("is corrupt in block 17 of 24", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_object_that_is_too_short_is_corrupt()
    {
        var world = new ReadingWorld(Random(3 * MiB), blockSize: 0);
        var stored = world.Stored with { Size = 4 * MiB };
        await using var reader = new ObjectReader(world.Context, stored, null, "some/file");
        var result = await reader.ReadAsync(new byte[10], 3 * MiB, default);
        Assert.Equal(StorageErrorKind.Corrupt, result.Error?.Kind);
        Assert.Contains("only 0 of 1048576 bytes are there", result.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_of_a_demanded_read_names_the_file_and_passes()
    {
        var world = new ReadingWorld(Random(4 * MiB));
        world.Store.OnGet = (_, _) => new(Down);
        await using var reader = world.Open();
        var result = await reader.ReadAsync(new byte[10], 0, default);
        Assert.Equal(StorageErrorKind.Unavailable, result.Error?.Kind);
        Assert.True(result.Error!.IsTransient);
        Assert.Equal("'some/file': the server does not answer", result.Error.Message);
        Assert.Single(world.Store.Gets);
        world.Store.OnGet = null;
        await world.CheckAsync(reader, 0, 10);
    }

    [Fact]
    public async Task An_object_that_is_gone_is_not_found()
    {
        var world = new ReadingWorld(Random(MiB));
        await using var reader = world.Open();
        world.Memory.Objects[Key] = null;
        var result = await reader.ReadAsync(new byte[10], 0, default);
        Assert.Equal(StorageErrorKind.NotFound, result.Error?.Kind);
        Assert.Contains("'some/file'", result.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_of_reading_ahead_are_not_told_when_the_second_try_helps()
    {
        var world = new ReadingWorld(Random(48 * MiB));
        var failed = new HashSet<long>();
        world.Store.OnGet = (offset, _) =>
        {
            lock (failed)
            {
                // The first request of every range that was not waited for.
                return new(offset > 2 * MiB && failed.Add(offset) ? Down : null);
            }
        };
        await using var reader = world.Open();
        var refused = 0;
        for (var i = 0; i < 48; i++)
        {
            // A range whose first request is the demanded one fails; then reading goes on after it.
            var result = await reader.ReadAsync(new byte[MiB], i * (long)MiB, default).AsTask().WaitAsync(Limit);
            refused += result.IsOk ? 0 : 1;
        }

        Assert.True(failed.Count > 4, "nothing was read ahead");
        Assert.True(refused < failed.Count, $"{refused} reads failed, {failed.Count} requests did");
    }

    [Fact]
    public async Task A_failed_read_ahead_that_nobody_needs_is_told_to_nobody()
    {
        var world = new ReadingWorld(Random(16 * MiB));
        await using var reader = world.Open();
        world.Store.OnGet = (offset, _) => new(offset >= 4 * MiB ? Down : null);
        for (var i = 0; i < 4; i++)
        {
            await world.CheckAsync(reader, i * (long)MiB, MiB);
        }

        await UntilAsync(() => world.Store.Gets.Any(get => get.Offset >= 4 * MiB), "reading ahead");
        await UntilAsync(() => world.Store.UnderWay == 0, "its failure");
        var result = await reader.ReadAsync(new byte[MiB], 12 * MiB, default);
        Assert.Equal(StorageErrorKind.Unavailable, result.Error?.Kind);
        world.Store.OnGet = null;
        await world.CheckAllAsync(reader);
    }

    [Fact]
    public async Task A_cancelled_read_does_not_harm_the_other_one_that_waits()
    {
        var world = new ReadingWorld(Random(4 * MiB));
        var gate = new TaskCompletionSource();
        world.Store.OnGet = async (_, cancellationToken) =>
        {
            await gate.Task.WaitAsync(cancellationToken);
            return null;
        };
        await using var reader = world.Open();
        using var cancellation = new CancellationTokenSource();
        var one = reader.ReadAsync(new byte[10], 100, cancellation.Token).AsTask();
        var other = world.CheckAsync(reader, 200, 10);
        await cancellation.CancelAsync();
        Assert.Equal(StorageErrorKind.Cancelled, (await one.WaitAsync(Limit)).Error?.Kind);
        gate.SetResult();
        await other;
        Assert.Single(world.Store.Gets);
    }

    [Fact]
    public async Task A_cancelled_read_that_was_alone_cancels_its_request()
    {
        var world = new ReadingWorld(Random(4 * MiB));
        world.Store.OnGet = async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return null;
        };
        await using var reader = world.Open();
        using var cancellation = new CancellationTokenSource();
        var read = reader.ReadAsync(new byte[10], 100, cancellation.Token).AsTask();
        await UntilAsync(() => world.Store.UnderWay == 1, "a request");
        await cancellation.CancelAsync();
        Assert.Equal(StorageErrorKind.Cancelled, (await read.WaitAsync(Limit)).Error?.Kind);
        await UntilAsync(() => world.Store.UnderWay == 0 && world.Budget.Used == 0, "everything given back");
        world.Store.OnGet = null;
        await world.CheckAsync(reader, 100, 10);
    }

    [Fact]
    public async Task Disposing_cancels_reads_and_gives_all_memory_back()
    {
        var world = new ReadingWorld(Random(64 * MiB));
        var reader = world.Open();
        for (var i = 0; i < 8; i++)
        {
            await world.CheckAsync(reader, i * (long)MiB, MiB);
        }

        world.Store.OnGet = async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return null;
        };
        var read = reader.ReadAsync(new byte[10], 50 * MiB, default).AsTask();
        await UntilAsync(() => world.Store.UnderWay > 0, "a request");
        await reader.DisposeAsync().AsTask().WaitAsync(Limit);
        Assert.Equal(0, world.Budget.Used);
        Assert.Equal(0, world.Store.UnderWay);
        Assert.Equal(StorageErrorKind.Cancelled, (await read.WaitAsync(Limit)).Error?.Kind);
    }
}
