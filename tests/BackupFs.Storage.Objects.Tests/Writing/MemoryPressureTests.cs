using Xunit;
using static BackupFs.Storage.Objects.Tests.Writing.ContentFixture;

namespace BackupFs.Storage.Objects.Tests.Writing;

public sealed class MemoryPressureTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(600, 256 << 10, true)]
    [InlineData(600, 256 << 10, false)]
    public async Task Hundreds_of_files_are_written_in_turns_with_little_memory(int count, int size, bool partCopy) =>
        await RunAsync(count, size, 64 << 10, partCopy, writers: 1);

    [Fact]
    public async Task Many_writers_at_once_wait_for_each_other_and_all_get_on() =>
        await RunAsync(100, 2 * MiB, 256 << 10, true, writers: 100);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Large_files_written_in_turns_are_streamed_with_little_memory(bool partCopy) =>
        await RunAsync(24, 9 * MiB, 512 << 10, partCopy, writers: 24);

    private static async Task RunAsync(int count, int size, int step, bool partCopy, int writers)
    {
        var fixture = new ContentFixture(SmallParts with { PartCopy = partCopy });
        var files = Enumerable.Range(0, count).Select(i => fixture.OpenAt($"backup/{i}")).ToList();
        var contents = Enumerable.Range(0, count).Select(i => Bytes(size, i + 1)).ToList();
        await Parallel.ForAsync(0, writers, new ParallelOptions { MaxDegreeOfParallelism = writers }, async (writer, _) =>
        {
            for (var at = 0; at < size; at += step)
            {
                for (var i = writer; i < count; i += writers)
                {
                    var length = Math.Min(step, size - at);
                    Assert.Equal(length, (await files[i].WriteAsync(contents[i].AsMemory(at, length), at, default)).Value);
                    Assert.InRange(fixture.Memory.Used, 0, fixture.Memory.Limit);
                }
            }
        }).WaitAsync(Guard);
        await Parallel.ForAsync(0, count, async (i, _) =>
        {
            Assert.True((await files[i].FlushAsync(default)).IsOk);
            Assert.Equal(size, contents[i].AsSpan().CommonPrefixLength(fixture.Store.Objects[$"backup/{i}"]));
            if (i % 10 == 0)
            {
                Assert.True((await files[i].GetChecksumsAsync(default)).Value.Matches(Sums(contents[i])));
            }

            await files[i].ReleaseAsync();
        }).WaitAsync(Guard);
        fixture.AssertClean();
    }
}
