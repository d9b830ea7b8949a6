namespace BackupFs.FileSystem.Tests.Slow;

/// <summary>Looking ahead while somebody goes through a listing, over a storage that takes its time; the clock is a test's own.</summary>
public sealed class SlowLookAheadTests
{
    private const string Find = "Storage.FindBackup";
    private const int Many = 100;
    private const int MostAhead = 16;

    private readonly FaultPlan _faults = new();
    private readonly MemoryStore _store = new(realDirectories: false);

    [Fact]
    public async Task A_walk_through_a_listing_asks_for_each_backup_once_and_leaves_nothing_behind()
    {
        await using var walk = await BeginAsync();

        await walk.LookupAsync(0..Many);

        Assert.Equal(Many, walk.Asked);
        Assert.True(walk.Mount.Fs.HasNothingInHand);
    }

    [Fact]
    public async Task The_third_lookup_in_a_row_asks_for_the_next_ones_at_the_same_time()
    {
        await using var walk = await BeginAsync();
        await walk.LookupAsync(0..2);
        Assert.Equal(2, walk.Asked);
        var stall = new Stall(_faults, Find);

        var third = walk.LookupAsync(2..3);
        await stall.HitAsync(1 + 4);
        Assert.False(third.IsCompleted);
        stall.Over();

        await Eventually.InTimeAsync(third);
        Assert.Equal(3 + 4, walk.Asked);
    }

    [Fact]
    public async Task A_lookup_joins_the_request_that_is_under_way()
    {
        await using var walk = await BeginAsync();
        await walk.LookupAsync(0..2);
        var stall = new Stall(_faults, Find, walk.Path(3));
        await walk.LookupAsync(2..3);
        await Eventually.TrueAsync(() => walk.Asked == 3 + 4);

        var next = walk.LookupAsync(3..4);
        Assert.False(next.IsCompleted);
        stall.Over();

        await Eventually.InTimeAsync(next);
        Assert.Equal(4 + 8, walk.Asked);
    }

    [Fact]
    public async Task Never_more_than_sixteen_are_ahead()
    {
        await using var walk = await BeginAsync();
        for (var number = 0; number < Many - MostAhead; number++)
        {
            await walk.LookupAsync(number..(number + 1));
            Assert.InRange(walk.Asked, number + 1, number + 1 + MostAhead);
        }

        Assert.Equal(Many, walk.Asked);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    [InlineData(37)]
    public async Task Lookups_in_another_order_cost_nothing(int stride)
    {
        await using var walk = await BeginAsync();
        for (var (count, number) = (0, 0); count < Many; count++, number = (number + stride + Many) % Many)
        {
            await walk.LookupAsync(number..(number + 1));
        }

        Assert.Equal(Many, walk.Asked);
    }

    [Fact]
    public async Task A_directory_that_was_not_listed_costs_nothing_ahead()
    {
        await using var walk = await BeginAsync(isListed: false);

        await walk.LookupAsync(0..10);

        Assert.Equal(10, walk.Asked);
    }

    [Fact]
    public async Task Who_leaves_the_order_costs_what_was_asked_for_and_no_more()
    {
        await using var walk = await BeginAsync();
        await walk.LookupAsync(0..5);

        for (var number = Many - 1; number > Many / 2; number -= 3)
        {
            await walk.LookupAsync(number..(number + 1));
        }

        Assert.Equal(5 + MostAhead + 17, walk.Asked);
    }

    [Theory]
    [InlineData(999, true)]
    [InlineData(1000, false)]
    public async Task What_was_found_ahead_is_told_for_less_than_a_second(int milliseconds, bool isTold)
    {
        await using var walk = await BeginAsync();
        await walk.LookupAsync(0..5);
        await new MemoryStorage(_store).RemoveBackupAsync("d", walk.Name(5), CancellationToken.None);

        walk.Mount.Time.Advance(TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal(isTold ? FsError.None : FsError.NotFound, await walk.Mount.ExistsAsync(walk.Path(5)));
    }

    [Fact]
    public async Task What_was_found_ahead_is_not_told_after_this_mount_removed_it_or_made_it_anew()
    {
        await using var walk = await BeginAsync(new FileSystemOptions { DirectoryLevels = 1, AllowRemove = true });
        await walk.LookupAsync(0..5);

        Assert.Equal(FsError.None, await walk.Mount.SetAsync("d", ControlAttributes.Remove, walk.Name(5)));
        Assert.Equal(FsError.None, await walk.Mount.SetAsync("d", ControlAttributes.Remove, walk.Name(6)));
        Assert.Equal(FsError.None, await walk.Mount.MkdirAsync(walk.Path(6)));

        Assert.Equal(FsError.NotFound, await walk.Mount.ExistsAsync(walk.Path(5)));
        Assert.Equal("open", await walk.Mount.StateAsync(walk.Path(6)));
    }

    [Fact]
    public async Task When_nobody_goes_on_what_is_ahead_is_given_up()
    {
        await using var walk = await BeginAsync();
        await walk.LookupAsync(0..2);
        var stall = new Stall(_faults, Find, walk.Path(3), times: 1);
        await walk.LookupAsync(2..3);
        await Eventually.TrueAsync(() => walk.Asked == 3 + 4);
        Assert.False(walk.Mount.Fs.HasNothingInHand);

        walk.Mount.Time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.TrueAsync(() => walk.Mount.Fs.HasNothingInHand && walk.Mount.Fs.IsBackgroundIdle);

        // The stall is not over: this one would hang if it joined the request that was given up.
        await Eventually.InTimeAsync(walk.LookupAsync(3..4));
        stall.Over();
    }

    [Fact]
    public async Task Who_takes_longer_than_an_answer_lives_is_not_run_ahead_of()
    {
        await using var walk = await BeginAsync();
        for (var number = 0; number < 20; number++)
        {
            await walk.LookupAsync(number..(number + 1));
            walk.Mount.Time.Advance(TimeSpan.FromMilliseconds(1001));
        }

        Assert.Equal(20, walk.Asked);
    }

    [Fact]
    public async Task Who_takes_his_time_is_run_ahead_of_by_no_more_than_he_can_use()
    {
        await using var walk = await BeginAsync();
        for (var number = 0; number < 50; number++)
        {
            await walk.LookupAsync(number..(number + 1));
            walk.Mount.Time.Advance(TimeSpan.FromMilliseconds(300));
        }

        Assert.Equal(50 + 3, walk.Asked);
    }

    [Fact]
    public async Task An_interrupted_lookup_does_not_wait_for_what_is_ahead()
    {
        await using var walk = await BeginAsync();
        await walk.LookupAsync(0..2);
        var stall = new Stall(_faults, Find, walk.Path(3), times: 1);
        await walk.LookupAsync(2..3);
        using var interrupt = new CancellationTokenSource();
        var lookup = walk.Mount.Fs.LookupAsync(walk.Directory, walk.Name(3), interrupt.Token).AsTask();

        await interrupt.CancelAsync();

        Assert.Equal(FsError.Interrupted, (await Eventually.InTimeAsync(lookup)).Error);

        // Until the request is given up, who comes next joins it.
        await Eventually.TrueAsync(() => walk.Mount.Fs.IsBackgroundIdle);
        await Eventually.InTimeAsync(walk.LookupAsync(3..4));
        stall.Over();
    }

    [Fact]
    public async Task An_error_that_was_met_ahead_is_not_told()
    {
        await using var walk = await BeginAsync();
        _faults.Fail(Find, StorageErrorKind.Unavailable, walk.Path(5), times: 1);

        await walk.LookupAsync(0..10);

        Assert.True(walk.Mount.Log.Says("injected"));
    }

    [Fact]
    public async Task Two_walks_at_the_same_time_do_not_disturb_each_other()
    {
        await using var walk = await BeginAsync();
        await walk.LookupAsync(0..50);
        await walk.ListAsync();
        for (var number = 0; number < 50; number++)
        {
            await walk.LookupAsync(number..(number + 1));
            await walk.LookupAsync((50 + number)..(51 + number));
        }

        Assert.InRange(walk.Asked, 150, 150 + MostAhead);
    }

    [Fact]
    public async Task Backups_that_this_mount_writes_are_stepped_over()
    {
        await using var walk = await BeginAsync();
        await walk.Mount.MkdirAsync("d/b0002x");
        await walk.ListAsync();
        await walk.LookupAsync(0..3);
        var asked = walk.Asked;

        await walk.LookupAsync(3..Many);

        Assert.Equal(3 + 3, asked);
        Assert.Equal(Many, walk.Asked);
    }

    private async Task<Walk> BeginAsync(FileSystemOptions? options = null, bool isListed = true)
    {
        for (var number = 0; number < Many; number++)
        {
            _store.PlantForeign("d", $"b{number:D4}", new Dictionary<string, byte[]> { ["file"] = [1] });
        }

        var mount = await TestMount.SlowAsync(_faults, options ?? new FileSystemOptions { DirectoryLevels = 1 }, _store);
        var walk = new Walk(mount, await mount.DirectoryAsync(), _faults);
        if (isListed)
        {
            await walk.ListAsync();
        }

        return walk;
    }

    /// <summary>Somebody who looks at the backups of the directory <c>d</c>.</summary>
    private sealed class Walk(TestMount mount, DirectoryInode directory, FaultPlan faults) : IAsyncDisposable
    {
        public TestMount Mount => mount;

        public DirectoryInode Directory => directory;

        /// <summary>How often the storage was asked for a backup.</summary>
        public int Asked => faults.CallsOf(Find);

        public string Name(int number) => $"b{number:D4}";

        public string Path(int number) => "d/" + Name(number);

        public async Task ListAsync()
        {
            var open = mount.Fs.Opendir(directory).Value;
            Assert.True((await mount.Fs.ReaddirAsync(open, fromStart: true, CancellationToken.None)).IsOk);
            mount.Fs.Releasedir(open);
        }

        /// <summary>Looks up some of them, one after the other.</summary>
        public async Task LookupAsync(Range numbers)
        {
            for (var number = numbers.Start.Value; number < numbers.End.Value; number++)
            {
                var found = await mount.Fs.LookupAsync(directory, Name(number), CancellationToken.None);
                Assert.True(found.IsOk, $"{Name(number)}: {found.Error}");
                mount.Fs.Forget(found.Value.Inode, 1);
            }
        }

        public ValueTask DisposeAsync() => mount.DisposeAsync();
    }
}
