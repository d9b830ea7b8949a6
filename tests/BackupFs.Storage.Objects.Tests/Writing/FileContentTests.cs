using Xunit;
using static BackupFs.Storage.Objects.Tests.Writing.ContentFixture;

namespace BackupFs.Storage.Objects.Tests.Writing;

public sealed class FileContentTests
{
    [Theory]
    [InlineData(0, 65536)]
    [InlineData(1, 65536)]
    [InlineData(MiB, 65536)]
    [InlineData(2 * MiB, MiB)]
    [InlineData((3 * MiB) + 1, MiB)]
    [InlineData(20 * MiB, MiB)]
    [InlineData((23 * MiB) + 4711, 100_000)]
    public async Task What_is_written_from_start_to_end_is_stored_and_summed(int size, int step)
    {
        var fixture = new ContentFixture();
        var content = fixture.Open();
        var bytes = Bytes(size);
        Assert.True(content.IsDirty);
        await WriteAllAsync(content, bytes, step);
        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.False(content.IsDirty);
        Assert.Equal(bytes, fixture.Store.Objects["backup/file"]);
        Assert.Equal(size, content.Stored!.Size);
        var reads = 0;
        fixture.Store.OnRead = (_, _, _) => reads++;
        var sums = (await content.GetChecksumsAsync(default)).Value;
        Assert.True(sums.Matches(Sums(bytes)));
        Assert.Equal(Sums(bytes).Blocks, sums.Blocks);
        Assert.Equal(0, reads);
        Assert.Equal(bytes, await ReadAllAsync(content));
        await content.ReleaseAsync();
        fixture.AssertClean();
        Assert.Equal(bytes, await ReadAllAsync(content));
    }
}
