using BackupFs.Testing;
using Xunit;
using static BackupFs.Storage.Objects.Tests.Writing.ContentFixture;

namespace BackupFs.Storage.Objects.Tests.Writing;

/// <summary>What known programs do to a file besides writing it from start to end.</summary>
public sealed class RewritingTests
{
    [Fact]
    public async Task A_segment_filled_with_zeros_and_written_again_is_sent_once()
    {
        // As pg_basebackup does with 16 MiB.
        var fixture = new ContentFixture();
        var content = fixture.Open(windows: ContentWindows.Default);
        var requests = new List<string>();
        fixture.Store.Before = (request, _, _) =>
        {
            lock (requests)
            {
                requests.Add(request);
            }

            return default;
        };
        await WriteAllAsync(content, new byte[16 * MiB], 8192);
        Assert.Empty(requests);
        await WriteAllAsync(content, Bytes(16 * MiB), 8192);
        Assert.Empty(requests);
        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.Equal(["start", "part", "part", "complete"], requests);
        Assert.Equal(Bytes(16 * MiB), fixture.Store.Objects["backup/file"]);
        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.Equal(4, requests.Count);
        await content.ReleaseAsync();
        fixture.AssertClean();
    }

    [Fact]
    public async Task A_flush_after_each_command_of_a_shell_stores_what_there_is()
    {
        var fixture = new ContentFixture();
        var content = fixture.Open();
        var all = new List<byte>();
        for (var i = 0; i < 12; i++)
        {
            var bytes = Bytes(700_000 + i, i);
            Assert.True((await content.WriteAsync(bytes, all.Count, default)).IsOk);
            all.AddRange(bytes);
            Assert.True((await content.FlushAsync(default)).IsOk);
            Assert.True(all.ToArray().AsSpan().SequenceEqual(fixture.Store.Objects["backup/file"]));
        }

        Assert.True((await content.GetChecksumsAsync(default)).Value.Matches(Sums([.. all])));
        await content.ReleaseAsync();
        fixture.AssertClean();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_append_to_a_large_stored_version_does_not_fetch_it_where_the_store_copies(bool partCopy)
    {
        var fixture = new ContentFixture(SmallParts with { PartCopy = partCopy });
        var content = fixture.Open();
        var bytes = Bytes((20 * MiB) + 100);
        await WriteAllAsync(content, bytes[..(20 * MiB)]);
        Assert.True((await content.FlushAsync(default)).IsOk);
        var stored = content.Stored!;
        await content.ReleaseAsync();

        content = fixture.Open(stored);
        Assert.False(content.IsDirty);
        var read = 0L;
        fixture.Store.OnRead = (_, _, buffer) => Interlocked.Add(ref read, buffer.Length);
        Assert.True((await content.WriteAsync(bytes.AsMemory(20 * MiB), 20 * MiB, default)).IsOk);
        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.Equal(bytes, fixture.Store.Objects["backup/file"]);
        Assert.Equal(partCopy ? 0 : 20 * MiB, read);
        Assert.True((await content.GetChecksumsAsync(default)).Value.Matches(Sums(bytes)));
        await content.ReleaseAsync();
        fixture.AssertClean();
    }

    [Fact]
    public async Task An_append_in_one_go_is_summed_without_reading_back()
    {
        var fixture = new ContentFixture();
        var content = fixture.Open();
        var bytes = Bytes((20 * MiB) + 100);
        await WriteAllAsync(content, bytes[..(15 * MiB)]);
        Assert.True((await content.FlushAsync(default)).IsOk);
        await WriteAllAsync(content, bytes[(15 * MiB)..], offset: 15 * MiB);
        Assert.True((await content.FlushAsync(default)).IsOk);
        fixture.Store.OnRead = (_, _, _) => Assert.Fail("it was read back");
        Assert.True((await content.GetChecksumsAsync(default)).Value.Matches(Sums(bytes)));
        await content.ReleaseAsync();
        fixture.AssertClean();
    }

    [Fact]
    public async Task A_read_back_that_finds_another_object_is_corrupt()
    {
        var fixture = new ContentFixture();
        var content = fixture.Open();
        await WriteAllAsync(content, Bytes(5 * MiB));
        Assert.True((await content.FlushAsync(default)).IsOk);
        content = fixture.Open(content.Stored);
        fixture.Store.Objects["backup/file"] = Bytes(5 * MiB, 2);
        Assert.Equal(StorageErrorKind.Corrupt, (await content.GetChecksumsAsync(default)).Error!.Kind);
        await content.DiscardAsync();
    }

    [Fact]
    public async Task A_write_that_waits_for_memory_can_be_cancelled()
    {
        var fixture = new ContentFixture();
        fixture.TakeAllBut(0);
        var content = fixture.Open();
        using var cancellation = new CancellationTokenSource();
        var write = content.WriteAsync(new byte[100], 0, cancellation.Token).AsTask();
        Assert.False(write.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        Assert.Equal(0, content.Size);
        await content.DiscardAsync();
        fixture.AssertClean();
    }

    [Fact]
    public async Task Writing_what_fits_allocates_nothing()
    {
        var fixture = new ContentFixture();
        var content = fixture.Open(windows: ContentWindows.Default);
        var bytes = Bytes(4096);
        await content.WriteAsync(bytes, 0, default);
        var offset = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                offset += bytes.Length;
                Assert.True(IsDone(content.WriteAsync(bytes, offset, default)));
            }
        }));
        await content.DiscardAsync();
    }

    private static bool IsDone(ValueTask<StorageResult<int>> write) => write.IsCompletedSuccessfully;
}
