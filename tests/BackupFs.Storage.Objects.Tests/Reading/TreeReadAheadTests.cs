using Microsoft.Extensions.Time.Testing;
using static BackupFs.Storage.Objects.Tests.Reading.ReadingWorld;
using static BackupFs.Storage.Objects.Tests.Reading.SmallFilesWorld;

namespace BackupFs.Storage.Objects.Tests.Reading;

/// <summary>Small files of a complete backup that are read one after another.</summary>
public sealed class TreeReadAheadTests
{
    /// <summary>A tree in which files and directories stand side by side, on two levels.</summary>
    private static readonly string[] Mixed =
    [
        .. from top in Enumerable.Range(0, 4)
           from file in Enumerable.Range(0, 12)
           from path in new[] { $"d{top}/f{file:D2}", $"d{top}/f{file:D2}.d/a", $"d{top}/f{file:D2}.d/b", $"f{top}{file:D2}" }
           select path,
    ];

    [Fact]
    public async Task The_next_files_are_fetched_before_they_are_opened_and_each_once()
    {
        var names = Names(300);
        using var world = await CreateAsync(names);
        await world.ReadAllAsync(names[..30]);
        await UntilAsync(() => world.Gets.Count == 30 + 32, "the files that come next");
        await world.ReadAllAsync(names[30..]);
        Assert.Equal(names, world.Gets.Order(StringComparer.Ordinal));
        Assert.Equal(0, world.Budget.Used);
    }

    [Fact]
    public async Task Few_files_in_order_fetch_few_ahead()
    {
        var names = Names(100);
        using var world = await CreateAsync(names);
        await world.ReadAllAsync(names[..2]);
        Assert.Equal(0, world.Ahead.Count);
        await world.ReadAsync(names[2]);
        Assert.Equal(2, world.Ahead.Count);
        await world.ReadAsync(names[3]);
        Assert.Equal(4, world.Ahead.Count);
    }

    [Fact]
    public async Task Requests_for_files_ahead_leave_half_of_the_requests_to_those_who_wait()
    {
        var names = Names(300);
        using var world = await CreateAsync(names, requests: 8);
        var answers = new TaskCompletionSource();
        world.OnGet = async (path, cancellationToken) =>
        {
            if (path != names[200] && string.CompareOrdinal(path, names[20]) > 0)
            {
                await answers.Task.WaitAsync(cancellationToken);
            }

            return null;
        };
        await world.ReadAllAsync(names[..21]);
        await UntilAsync(() => world.UnderWay == 4, "half of the requests");
        await world.ReadAsync(names[200]);
        Assert.Equal(5, world.MostUnderWay);
        answers.SetResult();
        await world.ReadAllAsync(names[21..200]);
        Assert.Equal(200, world.Gets.Count(path => string.CompareOrdinal(path, names[200]) < 0));
        Assert.InRange(world.MostUnderWay, 5, 6);
    }

    [Theory]
    [InlineData("random")]
    [InlineData("backwards")]
    [InlineData("every second")]
    [InlineData("every fourth")]
    public async Task What_is_not_read_in_order_costs_no_further_request(string order)
    {
        var names = Names(600);
        using var world = await CreateAsync(names);
        var random = new Random(1);
        string[] read = order switch
        {
            "random" => [.. names.OrderBy(_ => random.Next()).Take(100)],
            "backwards" => [.. names.Reverse().Take(100)],
            "every second" => [.. names.Where((_, i) => i % 2 == 0)],
            _ => [.. names.Where((_, i) => i % 4 == 0)],
        };
        await world.ReadAllAsync(read);
        Assert.Equal(read, world.Gets);
        Assert.Equal(0, world.Ahead.Count);
    }

    [Fact]
    public async Task Files_that_are_only_opened_are_not_fetched()
    {
        var names = Names(100);
        using var world = await CreateAsync(names);
        foreach (var name in names)
        {
            await (await world.OpenAsync(name)).DisposeAsync();
        }

        Assert.Empty(world.Gets);
    }

    [Fact]
    public async Task Who_goes_elsewhere_has_fetched_one_window_too_many_and_it_is_given_up()
    {
        var names = Names(600);
        var time = new FakeTimeProvider();
        using var world = await CreateAsync(names, time: time);
        await world.ReadAllAsync(names[..50]);
        await UntilAsync(() => world.Gets.Count == 50 + 32 && world.UnderWay == 0, "the window");
        string[] elsewhere = [.. names.Skip(200).Where((_, i) => i % 7 == 0)];
        await world.ReadAllAsync(elsewhere);
        Assert.Equal(50 + 32 + elsewhere.Length, world.Gets.Count);
        Assert.Equal(32, world.Ahead.Count);

        // The first interval saw reads, the second one none.
        time.Advance(FilesAhead.IdleTime);
        Assert.Equal(32, world.Ahead.Count);
        time.Advance(FilesAhead.IdleTime);
        Assert.Equal(0, world.Ahead.Count);
        await UntilAsync(() => world.Budget.Used == 0, "the memory");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_under_way_is_cancelled_when_nobody_can_read_it_any_more(bool isRemoved)
    {
        var names = Names(100);
        using var world = await CreateAsync(names);
        world.OnGet = async (path, cancellationToken) =>
        {
            await Task.Delay(string.CompareOrdinal(path, names[9]) > 0 ? Timeout.Infinite : 0, cancellationToken);
            return null;
        };
        await world.ReadAllAsync(names[..10]);
        await UntilAsync(() => world.UnderWay == 16, "files ahead");
        if (isRemoved)
        {
            await world.RemoveBackupAsync();
        }
        else
        {
            world.Handle.Dispose();
        }

        await UntilAsync(() => world.UnderWay == 0 && world.Budget.Used == 0, "requests cancelled and memory given back");
        Assert.Equal(0, world.Ahead.Count);
    }

    [Fact]
    public async Task Another_look_at_the_backup_cancels_nothing()
    {
        var names = Names(100);
        using var world = await CreateAsync(names);
        await world.ReadAllAsync(names[..10]);
        (await world.Storage.FindBackupAsync(world.Handle.Directory, world.Handle.Name, default))!.Dispose();
        Assert.NotEqual(0, world.Ahead.Count);
        await world.ReadAllAsync(names[10..]);
        Assert.Equal(100, world.Gets.Count);
    }

    [Fact]
    public async Task A_small_budget_is_never_exceeded_and_read_ahead_takes_a_quarter()
    {
        var names = Names(300);
        using var world = await CreateAsync(names, memory: 64L << 20);
        var (most, mostAhead) = (0L, 0);
        world.OnGet = (_, _) =>
        {
            most = Math.Max(most, world.Budget.Used);
            mostAhead = Math.Max(mostAhead, world.Ahead.Count);
            return default;
        };
        await world.ReadAllAsync(names);
        Assert.Equal(300, world.Gets.Count);
        Assert.InRange(mostAhead, 4, 16);
        Assert.InRange(most, 4L << 20, 18L << 20);
    }

    [Fact]
    public async Task Who_waits_for_memory_gets_that_of_files_nobody_opened()
    {
        var names = Names(100);
        using var world = await CreateAsync(names, memory: 64L << 20);
        await world.ReadAllAsync(names[..20]);
        await UntilAsync(() => world.UnderWay == 0, "files ahead");
        Assert.Equal(8L << 20, world.Budget.Used);
        var others = new List<Granule>();
        for (var i = 0; i < 64 - world.Budget.Reserve; i++)
        {
            others.Add(await world.Budget.RentAsync(default).AsTask().WaitAsync(Limit));
        }

        others.ForEach(granule => granule.Dispose());
        await world.ReadAllAsync(names[20..]);
    }

    [Fact]
    public async Task Without_free_memory_nothing_is_fetched_ahead()
    {
        var names = Names(100);
        using var world = await CreateAsync(names, memory: 64L << 20);
        var others = new List<Granule>();
        while (world.Budget.TryRent() is { } granule)
        {
            others.Add(granule);
        }

        others[0].Dispose();
        await world.ReadAllAsync(names);
        Assert.Equal(names, world.Gets);
        others.Skip(1).ToList().ForEach(granule => granule.Dispose());
    }

    [Fact]
    public async Task A_corrupt_file_fails_who_reads_it_and_nobody_else()
    {
        var names = Names(60);
        using var world = await CreateAsync(names);
        var bytes = world.Objects[KeyOf(names[30])]!;
        bytes[5] ^= 1;
        world.Objects[KeyOf(names[30])] = bytes;
        world.Objects[KeyOf(names[40])] = null;
        foreach (var name in names)
        {
            var error = await world.TryReadAsync(name);
            Assert.Equal(
                name == names[30] ? StorageErrorKind.Corrupt : name == names[40] ? StorageErrorKind.NotFound : (StorageErrorKind?)null, error?.Kind);
            Assert.True(error is null || error.Message.Contains($"'{name}'", StringComparison.Ordinal), error?.Message);
        }
    }

    [Fact]
    public async Task An_error_before_anybody_opened_the_file_is_nobodys()
    {
        var names = Names(60);
        using var world = await CreateAsync(names);
        var refused = 0;
        world.OnGet = (path, _) => new(
            path == names[30] && Interlocked.Increment(ref refused) == 1 ? new StorageError(StorageErrorKind.Io, "refused") : null);
        await world.ReadAllAsync(names[..20]);
        await UntilAsync(() => refused == 1 && world.UnderWay == 0, "the error");
        await world.ReadAllAsync(names[20..]);
        Assert.Equal(61, world.Gets.Count);
    }

    [Fact]
    public async Task Eight_programs_that_share_a_directory_fetch_each_file_once()
    {
        var names = Names(400);
        using var world = await CreateAsync(names, requests: 128);
        var random = new Random(1);
        var done = new int[8];
        while (done.Min() < 50)
        {
            // Each reads every eighth file, and none is more than three files ahead of another.
            var program = random.Next(8);
            if (done[program] < Math.Min(50, done.Min() + 3))
            {
                await world.ReadAsync(names[(done[program]++ * 8) + program]);
            }
        }

        Assert.Equal(names, world.Gets.Order(StringComparer.Ordinal));
        Assert.InRange(world.FoundAhead, 300, 400);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Trees_are_fetched_ahead_as_tar_and_as_rsync_read_them(bool filesFirst)
    {
        using var world = await CreateAsync(Mixed, requests: 128);
        var order = new List<string>();
        await WalkAsync("");
        await world.ReadAllAsync(order);
        Assert.Equal(Mixed.Order(StringComparer.Ordinal), world.Gets.Order(StringComparer.Ordinal));
        Assert.InRange(world.FoundAhead, Mixed.Length * 9 / 10, Mixed.Length);

        async Task WalkAsync(string directory)
        {
            var entries = (await world.Handle.Tree.ListAsync(directory, default)).Value;
            foreach (var entry in entries.OrderBy(entry => filesFirst && entry.Type == EntryType.Directory))
            {
                var path = BackupPath.Join(directory, entry.Name);
                if (entry.Type == EntryType.Directory)
                {
                    await WalkAsync(path);
                }
                else
                {
                    order.Add(path);
                }
            }
        }
    }

    [Fact]
    public async Task Large_and_empty_files_are_passed_over()
    {
        string[] names = [.. Names(60).Select((name, i) => i % 10 == 5 ? $"large-{name}" : i % 10 == 7 ? $"empty-{name}" : name)];
        using var world = await CreateAsync(names);
        var order = (await world.Handle.Tree.ListAsync("", default)).Value.Select(entry => entry.Name).ToArray();
        await world.ReadAllAsync(order.Where(name => !name.StartsWith("large", StringComparison.Ordinal)));
        Assert.Equal(order.Where(name => name.StartsWith("file", StringComparison.Ordinal)), world.Gets.Order(StringComparer.Ordinal));
    }
}
