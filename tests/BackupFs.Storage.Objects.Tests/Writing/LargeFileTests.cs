using BackupFs.Storage.Objects.Contract;
using Xunit;
using static BackupFs.Storage.Objects.Tests.Writing.ContentFixture;

namespace BackupFs.Storage.Objects.Tests.Writing;

public sealed class LargeFileTests
{
    [Theory]
    [InlineData(64L << 20)]
    [InlineData(256L << 20)]
    [InlineData(4L << 30)]
    public void Uploads_of_the_largest_object_are_few_and_each_gets_on(long memory)
    {
        var limits = MemoryObjectStore.DefaultLimits;
        var schedule = new PartSchedule(limits, memory, ContentWindows.Default.Part);
        var stored = 0L;
        var uploads = 0;
        while (stored < limits.MaximumObjectSize)
        {
            var (offset, parts) = (0L, 0);
            while (offset < limits.MaximumObjectSize && parts < limits.MaximumParts)
            {
                var length = offset < stored ? schedule.CopySize(stored - offset, limits.MaximumParts - parts) : schedule.PartSize(offset);
                Assert.InRange(length, limits.MinimumPartSize, limits.MaximumPartSize);
                Assert.Equal(0, length % MemoryBudget.GranuleBytes);
                Assert.True(offset < stored || length <= Math.Max(8 << 20, memory / 8));
                offset += offset < stored ? Math.Min(length, stored - offset) : length;
                parts++;
            }

            Assert.True(offset > stored);
            stored = offset;
            uploads++;
        }

        Assert.InRange(uploads, 1, memory < 128 << 20 ? 100 : memory < 1 << 30 ? 25 : 14);
    }

    [Fact]
    public void Parts_are_what_the_store_takes()
    {
        var schedule = new PartSchedule(MemoryObjectStore.DefaultLimits with { MinimumPartSize = (20 << 20) + 1 }, 64 << 20, 8 << 20);
        Assert.Equal(21L << 20, schedule.PartSize(0));
        Assert.Equal(21L << 20, schedule.PartSize(1L << 40));
        Assert.Equal(21L << 20, schedule.Smallest);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    public async Task A_file_of_more_parts_than_an_upload_may_have_goes_on_behind_what_is_stored(int parts)
    {
        var fixture = new ContentFixture(SmallParts with { MaximumParts = parts, MaximumPartSize = 64 * MiB });
        var content = fixture.Open();
        var bytes = Bytes((41 * MiB) + 12345);
        await WriteAllAsync(content, bytes);
        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.Equal(bytes.Length, bytes.AsSpan().CommonPrefixLength(fixture.Store.Objects["backup/file"]));
        Assert.True((await content.GetChecksumsAsync(default)).Value.Matches(Sums(bytes)));
        await content.ReleaseAsync();
        fixture.AssertClean();
    }

    [Fact]
    public async Task Without_copies_a_file_of_too_many_parts_is_an_error()
    {
        var fixture = new ContentFixture(SmallParts with { MaximumParts = 4, PartCopy = false });
        var content = fixture.Open();
        var error = (StorageError?)null;
        for (var i = 0; i < 30 && error is null; i++)
        {
            error = (await content.WriteAsync(Bytes(MiB), i * MiB, default)).Error;
        }

        error ??= (await content.FlushAsync(default)).Error;
        Assert.Equal(StorageErrorKind.FileTooLarge, error!.Kind);
        await content.DiscardAsync();
        fixture.AssertClean();
    }

    [Fact]
    public async Task A_hole_needs_no_memory()
    {
        var sink = new SinkStore();
        var fixture = new ContentFixture(store: sink);
        var content = fixture.Open(windows: ContentWindows.Default);
        const long size = (1L << 30) + 17;
        await content.WriteAsync(Bytes(100), 0, default);
        await content.WriteAsync(Bytes(100), size - 100, default);
        Assert.True((await content.ResizeAsync(size + (1L << 29), default)).IsOk);
        var most = 0L;
        sink.OnPart = () => most = Math.Max(most, fixture.Memory.Used);
        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.Equal(size + (1L << 29), sink.Completed);
        Assert.InRange(most, 0, 16 * MiB);
        await content.DiscardAsync();
        fixture.AssertClean();
    }
}
