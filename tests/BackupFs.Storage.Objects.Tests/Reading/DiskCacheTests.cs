using Microsoft.Extensions.Time.Testing;
using static BackupFs.Storage.Objects.Tests.Reading.ReadingWorld;

namespace BackupFs.Storage.Objects.Tests.Reading;

public sealed class DiskCacheTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("backupfs-cache").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public void Dispose()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    [Fact]
    public async Task What_was_read_once_costs_no_request_again_also_after_a_restart()
    {
        var world = new ReadingWorld(Random((10 * MiB) + 5));
        for (var start = 0; start < 3; start++)
        {
            await using var cache = await OpenAsync(world);
            await using var reader = world.Open();
            await ReadAllAsync(world, reader, cache);
            Assert.Equal(world.Content.Length, cache.Bytes);
            await world.CheckAllAsync(reader);
            Assert.Equal(world.Content.Length, world.Store.Bytes);
        }

        Assert.Equal(11, Files().Count);
        Assert.Empty(world.Log);
    }

    [Fact]
    public async Task Another_version_of_the_object_is_something_else()
    {
        var world = new ReadingWorld(Random(MiB));
        await using var cache = await OpenAsync(world);
        await using (var reader = world.Open())
        {
            await ReadAllAsync(world, reader, cache);
        }

        var other = Random(MiB, seed: 2);
        world.Memory.Objects[Key] = other;
        await using var changed = new ObjectReader(world.Context, world.Stored, Sum(other, MiB), "some/file");
        var buffer = new byte[MiB];
        Assert.Equal(MiB, (await changed.ReadAsync(buffer, 0, default)).Value);
        Assert.True(buffer.AsSpan().SequenceEqual(other));
        Assert.Empty(world.Log);
    }

    [Fact]
    public async Task Files_without_checksums_are_not_cached()
    {
        var world = new ReadingWorld(Random(2 * MiB), blockSize: 0);
        await using var cache = await OpenAsync(world);
        await using (var reader = world.Open())
        {
            await world.CheckAllAsync(reader);
        }

        Assert.Equal(0, cache.Bytes);
    }

    [Fact]
    public async Task Corrupt_blocks_are_not_cached()
    {
        var world = new ReadingWorld(Random(2 * MiB));
        world.Content[5] ^= 1;
        await using var cache = await OpenAsync(world);
        await using (var reader = world.Open())
        {
            Assert.False((await reader.ReadAsync(new byte[10], 0, default)).IsOk);
        }

        Assert.Equal(0, cache.Bytes);
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("cut")]
    [InlineData("grow")]
    [InlineData("empty")]
    [InlineData("delete")]
    public async Task Damage_is_only_a_miss(string damage)
    {
        var world = new ReadingWorld(Random(4 * MiB), 2 * MiB);
        await using var cache = await OpenAsync(world);
        await using (var reader = world.Open())
        {
            await ReadAllAsync(world, reader, cache);
        }

        foreach (var file in Files())
        {
            var bytes = await File.ReadAllBytesAsync(file);
            bytes[1000] ^= 1;
            await File.WriteAllBytesAsync(file, damage switch
            {
                "flip" => bytes,
                "cut" => bytes[..^1],
                "grow" => [.. bytes, 0],
                _ => [],
            });
            if (damage == "delete")
            {
                File.Delete(file);
            }
        }

        await using (var reader = world.Open())
        {
            await ReadAllAsync(world, reader, cache);
            Assert.Equal(8L * MiB, world.Store.Bytes);
        }

        await using (var reader = world.Open())
        {
            await world.CheckAllAsync(reader);
            Assert.Equal(8L * MiB, world.Store.Bytes);
        }

        Assert.Equal(damage == "delete" ? 0 : 1, world.Log.Count(line => line.Contains("was damaged", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_least_recently_used_blocks_make_room_also_across_restarts()
    {
        var world = new ReadingWorld(Random(16 * MiB));
        await using (var cache = await OpenAsync(world, 8L * MiB))
        {
            await using var reader = world.Open();
            foreach (var block in new[] { 0, 10, 2, 12, 4, 14, 6, 8 })
            {
                await ReadBlockAsync(world, reader, cache, block);
            }

            // Used again: not the oldest any more.
            await ReadBlockAsync(world, reader, cache, 0);
            Assert.Equal(8, Files().Count);
        }

        Assert.Equal(8, world.Store.Gets.Count);
        await using (var cache = await OpenAsync(world, 8L * MiB))
        {
            await using var reader = world.Open();
            await ReadBlockAsync(world, reader, cache, 15);
            Assert.Equal(8L * MiB, cache.Bytes);
            Assert.Equal(8, Files().Count);
            world.Store.Gets.Clear();
            await ReadBlockAsync(world, reader, cache, 0);
            Assert.Empty(world.Store.Gets);
            await ReadBlockAsync(world, reader, cache, 10);
            Assert.Single(world.Store.Gets);
        }

        // A smaller limit applies to what is there.
        await using (var cache = await OpenAsync(world, 3L * MiB))
        {
            Assert.Equal(3L * MiB, cache.Bytes);
            Assert.Equal(3, Files().Count);
        }
    }

    [Fact]
    public async Task A_second_mount_is_told_to_use_its_own_directory()
    {
        var world = new ReadingWorld(Random(MiB));
        await using (await OpenAsync(world))
        {
            var second = DiskCache.Open(new ObjectStorageOptions { CacheDirectory = _directory }, _time, world);
            Assert.Equal(StorageErrorKind.Busy, second.Error?.Kind);
            Assert.Contains(_directory, second.Error!.Message, StringComparison.Ordinal);
        }

        await using var later = await OpenAsync(world);
    }

    [Fact]
    public void A_missing_directory_is_done_without()
    {
        var world = new ReadingWorld(Random(MiB));
        var missing = Path.Combine(_directory, "missing");
        Assert.Null(DiskCache.Open(new ObjectStorageOptions { CacheDirectory = missing }, _time, world).Value);
        Assert.Single(world.Log, line => line.Contains(missing, StringComparison.Ordinal));
        Assert.Null(DiskCache.Open(new ObjectStorageOptions(), _time, world).Value);
        Assert.Single(world.Log);
    }

    [Fact]
    public async Task A_directory_that_vanishes_is_done_without_and_said_once()
    {
        var world = new ReadingWorld(Random(6 * MiB));
        await using var cache = await OpenAsync(world);
        Directory.Delete(_directory, recursive: true);
        await using (var reader = world.Open())
        {
            await world.CheckAllAsync(reader);
            await world.CheckAllAsync(reader);
        }

        Assert.Single(world.Log, line => line.Contains("cannot be used", StringComparison.Ordinal));
        Assert.False(Directory.Exists(_directory));
    }

    [Fact]
    public async Task A_block_that_cannot_be_written_is_done_without_for_a_while()
    {
        var world = new ReadingWorld(Random(2 * MiB));
        await using var cache = await OpenAsync(world);

        // A file where the directory of the blocks should be: fails for root, too.
        Directory.Delete(Path.Combine(_directory, "blocks"), recursive: true);
        await File.WriteAllTextAsync(Path.Combine(_directory, "blocks"), "");
        await using (var reader = world.Open())
        {
            await world.CheckAllAsync(reader);
        }

        Assert.Single(world.Log, line => line.Contains("cannot be used", StringComparison.Ordinal));
        File.Delete(Path.Combine(_directory, "blocks"));
        await using (var reader = world.Open())
        {
            await world.CheckAllAsync(reader);
        }

        Assert.Equal(0, cache.Bytes);
        _time.Advance(DiskCache.Pause + TimeSpan.FromSeconds(1));
        await using (var reader = world.Open())
        {
            await ReadAllAsync(world, reader, cache);
        }

        Assert.Equal(2L * MiB, cache.Bytes);
    }

    private List<string> Files() => [.. Directory.EnumerateFiles(Path.Combine(_directory, "blocks"), "*", SearchOption.AllDirectories)];

    private async Task<DiskCache> OpenAsync(ReadingWorld world, long bytes = 1L << 30)
    {
        var cache = DiskCache.Open(new ObjectStorageOptions { CacheDirectory = _directory, CacheBytes = bytes }, _time, world).Value!;
        await cache.Ready.WaitAsync(Limit);
        world.Context = world.Context with { Cache = cache };
        return cache;
    }

    private async Task ReadBlockAsync(ReadingWorld world, ObjectReader reader, DiskCache cache, int block)
    {
        _time.Advance(TimeSpan.FromMinutes(2));
        await world.CheckAsync(reader, block * (long)MiB, MiB);
        var name = cache.NameOf(world.Store.Location, world.Stored, MiB, block);
        await UntilAsync(() => cache.Contains(name), "the block is stored");
    }

    /// <summary>Reads block after block, each stored before the next: storing is allowed to skip some when there are many.</summary>
    private async Task ReadAllAsync(ReadingWorld world, ObjectReader reader, DiskCache cache)
    {
        var blockSize = world.Checksums!.BlockSize;

        // From the end: with others read ahead, a slow disk would have the cache leave some out.
        for (var block = world.Checksums.BlockCount - 1; block >= 0; block--)
        {
            await world.CheckAsync(reader, block * (long)blockSize, blockSize);
            var name = cache.NameOf(world.Store.Location, world.Stored, blockSize, block);
            await UntilAsync(() => cache.Contains(name), "the block is stored");
        }
    }
}
