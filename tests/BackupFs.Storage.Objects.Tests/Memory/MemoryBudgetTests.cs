using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BackupFs.Storage.Objects.Tests.Memory;

public sealed class MemoryBudgetTests
{
    private const int MiB = MemoryBudget.GranuleBytes;
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_is_rented_counts_until_it_is_given_back_once()
    {
        var budget = new MemoryBudget(64 * MiB);
        var granule = budget.TryRent()!;
        Assert.Equal(MiB, granule.Memory.Length);
        Assert.Equal(MiB, budget.Used);
        granule.Dispose();
        granule.Dispose();
        Assert.Equal(0, budget.Used);
        Assert.Throws<ObjectDisposedException>(() => granule.Memory);
        (await budget.RentAsync(default)).Dispose();
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public async Task Those_who_wait_are_served_in_order_and_nobody_overtakes_them()
    {
        var budget = new MemoryBudget(64 * MiB);
        var all = RentAll(budget);
        var waits = Enumerable.Range(0, 3).Select(_ => budget.RentAsync(default).AsTask()).ToList();
        for (var i = 0; i < waits.Count; i++)
        {
            all[i].Dispose();
            Assert.Null(budget.TryRent());
            await waits[i].WaitAsync(Guard);
            Assert.All(waits.Skip(i + 1), wait => Assert.False(wait.IsCompleted));
        }

        all.Skip(3).Concat(waits.Select(wait => wait.Result)).ToList().ForEach(granule => granule.Dispose());
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public async Task A_wait_that_is_cancelled_takes_nothing_with_it()
    {
        var budget = new MemoryBudget(64 * MiB);
        var all = RentAll(budget);
        using var cancellation = new CancellationTokenSource();
        var cancelled = budget.RentAsync(cancellation.Token).AsTask();
        var waiting = budget.RentAsync(default).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Guard));
        all[0].Dispose();
        (await waiting.WaitAsync(Guard)).Dispose();
        all.ForEach(granule => granule.Dispose());
        Assert.Equal(0, budget.Used);
        Assert.Equal(all.Count, RentAll(budget).Count);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await budget.RentAsync(cancellation.Token));
    }

    [Fact]
    public async Task The_limit_holds_whatever_many_do_at_once()
    {
        var budget = new MemoryBudget(16 * MiB);
        var held = 0;
        var most = 0;
        async Task RunAsync(int seed)
        {
            var random = new Random(seed);
            for (var i = 0; i < 400; i++)
            {
                using var cancellation = new CancellationTokenSource();
                List<IDisposable> rented = [];
                var count = 1;
                try
                {
                    switch (random.Next(4))
                    {
                        case 0:
                            if (budget.TryRent() is { } free)
                            {
                                rented.Add(free);
                            }

                            break;
                        case 1:
                            count = random.Next(1, budget.Reserve + 1);
                            rented.Add(await budget.RentForTransferAsync(count, default));
                            break;
                        default:
                            if (random.Next(3) == 0)
                            {
                                cancellation.CancelAfter(TimeSpan.FromMilliseconds(random.Next(3)));
                            }

                            rented.Add(await budget.RentAsync(cancellation.Token));
                            break;
                    }
                }
                catch (OperationCanceledException)
                {
                }

                var now = Interlocked.Add(ref held, rented.Count * count);
                InterlockedMax(ref most, now);
                Assert.InRange(now * (long)MiB, 0, budget.Limit);
                Assert.InRange(budget.Used, 0, budget.Limit);
                await Task.Yield();
                Interlocked.Add(ref held, -rented.Count * count);
                rented.ForEach(granule => granule.Dispose());
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 40).Select(seed => Task.Run(() => RunAsync(seed)))).WaitAsync(Guard);
        Assert.Equal(0, budget.Used);
        Assert.Equal(0, budget.Waiting);
        Assert.True(most > 8);
        Assert.Equal(16 - budget.Reserve, RentAll(budget).Count);
    }

    [Fact]
    public async Task The_reserve_is_there_when_everything_else_is_taken_for_one_at_a_time()
    {
        var budget = new MemoryBudget(64 * MiB);
        var all = RentAll(budget);
        Assert.Equal(64 - MemoryBudget.MaximumReserve, all.Count);
        var first = await budget.RentForTransferAsync(MemoryBudget.MaximumReserve, default);
        Assert.Equal(budget.Limit, budget.Used);
        var second = budget.RentForTransferAsync(1, default).AsTask();
        var ordinary = budget.RentAsync(default).AsTask();
        Assert.False(second.IsCompleted);
        first.Dispose();
        (await second.WaitAsync(Guard)).Dispose();

        // What comes back to the reserve is nobody else's.
        Assert.False(ordinary.IsCompleted);
        all[0].Dispose();
        (await ordinary.WaitAsync(Guard)).Dispose();
        all.ForEach(granule => granule.Dispose());
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public async Task Reclaimers_are_asked_by_their_worth_while_somebody_waits_and_never_twice_at_once()
    {
        var budget = new MemoryBudget(64 * MiB);
        var all = RentAll(budget);
        var asked = new List<string>();
        var readAhead = new Reclaimer("read-ahead", 0, 0, asked, all.Take(1));
        var older = new Reclaimer("older", 5, 1, asked, all.Skip(1).Take(1));
        var newer = new Reclaimer("newer", 5, 2, asked, all.Skip(2).Take(1));
        var last = new Reclaimer("last", 9, 0, asked, all.Skip(3).Take(1));
        using var removed = budget.AddReclaimer(last);
        using var registrations1 = budget.AddReclaimer(newer);
        using var registrations2 = budget.AddReclaimer(older);
        using var registrations3 = budget.AddReclaimer(readAhead);
        Assert.Empty(asked);
        var rented = new List<Granule>();
        for (var i = 0; i < 3; i++)
        {
            rented.Add(await budget.RentAsync(default).AsTask().WaitAsync(Guard));
        }

        Assert.Equal(["read-ahead", "older", "newer"], asked);
        removed.Dispose();
        using var cancellation = new CancellationTokenSource();
        var never = budget.RentAsync(cancellation.Token).AsTask();
        await Task.Delay(100);
        Assert.False(never.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => never);
        Assert.Equal(3, asked.Count);
        all.Concat(rented).ToList().ForEach(granule => granule.Dispose());
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public void Arrays_that_nobody_needs_for_long_are_freed()
    {
        var time = new FakeTimeProvider();
        var budget = new MemoryBudget(64 * MiB, time);
        var bytes = RentAndForget(budget);
        time.Advance(TimeSpan.FromMinutes(5));
        GC.Collect();
        GC.Collect();
        Assert.False(bytes.IsAlive);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference RentAndForget(MemoryBudget budget)
    {
        using var granule = budget.TryRent()!;
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray<byte>(granule.Memory, out var array);
        return new WeakReference(array.Array);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }

    private static List<Granule> RentAll(MemoryBudget budget)
    {
        var all = new List<Granule>();
        while (budget.TryRent() is { } granule)
        {
            all.Add(granule);
        }

        return all;
    }

    private sealed class Reclaimer(string name, int priority, long recency, List<string> asked, IEnumerable<Granule> held) : IMemoryReclaimer
    {
        private readonly Queue<Granule> _held = new(held);
        private int _running;

        public int Priority => priority;

        public long Recency => recency;

        public long Reclaimable => _held.Count * (long)MiB;

        public async ValueTask ReclaimAsync(CancellationToken cancellationToken)
        {
            Assert.Equal(1, Interlocked.Increment(ref _running));
            lock (asked)
            {
                asked.Add(name);
            }

            await Task.Delay(5, CancellationToken.None);
            _held.Dequeue().Dispose();
            Interlocked.Decrement(ref _running);
        }
    }
}
