using Xunit;
using static BackupFs.Storage.Objects.Tests.Writing.ContentFixture;

namespace BackupFs.Storage.Objects.Tests.Writing;

public sealed class SpoolTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_sent_is_read_and_written_again_before_the_file_is_closed(bool inOrder)
    {
        var fixture = Create(100, inOrder);
        var content = fixture.Open();
        var bytes = Bytes(20 * MiB);
        await WriteAllAsync(content, bytes);
        await UntilAsync(() => fixture.Context.Spool!.Used >= 10 * MiB);
        Assert.Equal(bytes, await ReadAllAsync(content));
        var other = Bytes(100, 9);
        Assert.Equal(100, (await content.WriteAsync(other, (3 * MiB) - 50, default)).Value);
        other.CopyTo(bytes, (3 * MiB) - 50);
        Assert.Equal(bytes, await ReadAllAsync(content));
        var parts = 0;
        fixture.Store.Before = (request, _, _) =>
        {
            Interlocked.Add(ref parts, request == "part" ? 1 : 0);
            return default;
        };
        Assert.True((await content.FlushAsync(default)).IsOk);

        // Only what changed is sent again, where the store allows that.
        Assert.InRange(parts, inOrder ? 10 : 1, inOrder ? 30 : 9);
        Assert.Equal(bytes, fixture.Store.Objects["backup/file"]);
        Assert.True((await content.GetChecksumsAsync(default)).Value.Matches(Sums(bytes)));
        Assert.Equal(0, fixture.Context.Spool!.Used);
        await content.ReleaseAsync();
        fixture.AssertClean();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task More_than_the_memory_is_written_in_any_order(bool inOrder)
    {
        var fixture = Create(1000, inOrder);
        var content = fixture.Open();
        var bytes = Bytes(160 * MiB);
        var order = Enumerable.Range(0, 160).ToArray();
        new Random(7).Shuffle(order);
        foreach (var number in order)
        {
            // A write that waits for memory which nobody gives back waits for ever.
            var written = await content.WriteAsync(bytes.AsMemory(number * MiB, MiB), (long)number * MiB, default).AsTask().WaitAsync(TimeSpan.FromMinutes(2));
            Assert.Equal(MiB, written.Value);
        }

        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.True(bytes.AsSpan().SequenceEqual(fixture.Store.Objects["backup/file"]));
        await content.ReleaseAsync();
        fixture.AssertClean();
    }

    [Fact]
    public async Task Without_one_the_refusal_names_the_path_and_the_option()
    {
        var fixture = new ContentFixture();
        var content = fixture.Open();
        content.Path = "db/monday/big";
        await WriteAllAsync(content, Bytes(20 * MiB));
        var refused = (await content.WriteAsync(new byte[10], 0, default)).Error!;
        Assert.Equal(StorageErrorKind.Unsupported, refused.Kind);
        Assert.Contains("db/monday/big", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--spool DIR", refused.Message, StringComparison.Ordinal);

        // A refused write is not an error of the file.
        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.Equal(Bytes(20 * MiB), fixture.Store.Objects["backup/file"]);
        await content.DiscardAsync();
        fixture.AssertClean();
    }

    [Fact]
    public async Task A_file_written_in_order_goes_on_without_it_when_it_is_full_and_gives_its_room_back()
    {
        var fixture = Create(6, false);
        var content = fixture.Open();
        await WriteAllAsync(content, Bytes(30 * MiB));
        await UntilAsync(() => fixture.Context.Spool!.Used == 0);
        var refused = (await content.WriteAsync(new byte[10], 0, default)).Error!;
        Assert.Equal(StorageErrorKind.NoSpace, refused.Kind);
        Assert.Contains("--spool-size", refused.Message, StringComparison.Ordinal);
        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.Equal(Bytes(30 * MiB), fixture.Store.Objects["backup/file"]);
        Assert.True((await content.GetChecksumsAsync(default)).Value.Matches(Sums(Bytes(30 * MiB))));
        await content.DiscardAsync();
        fixture.AssertClean();
    }

    [Fact]
    public async Task What_is_needed_once_more_is_not_given_back_when_it_is_full()
    {
        var fixture = Create(4, false);
        var content = fixture.Open();
        var bytes = Bytes(20 * MiB);
        await WriteAllAsync(content, bytes[..(8 * MiB)]);
        Assert.True((await content.FlushAsync(default)).IsOk);
        await WriteAllAsync(content, bytes[(8 * MiB)..(13 * MiB)], offset: 8 * MiB);
        await UntilAsync(() => fixture.Context.Spool!.Used >= 2 * MiB);

        // The part that was copied is changed: everything is sent once more, of which the spool holds the only copy.
        bytes[17] ^= 1;
        Assert.True((await content.WriteAsync(bytes.AsMemory(0, MiB), 0, default)).IsOk);
        await WriteAllAsync(content, bytes[(13 * MiB)..], offset: 13 * MiB);
        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.Equal(bytes, fixture.Store.Objects["backup/file"]);
        await content.ReleaseAsync();
        fixture.AssertClean();
        Assert.Equal(0, fixture.Context.Spool!.Used);
    }

    [Fact]
    public async Task Its_limit_holds_for_all_files_together()
    {
        var fixture = Create(12, false);
        var contents = Enumerable.Range(0, 8).Select(i => fixture.OpenAt($"backup/{i}")).ToList();
        var most = 0L;
        await Task.WhenAll(contents.Select((content, i) => Task.Run(async () =>
        {
            for (var at = 0; at < 12; at++)
            {
                Assert.True((await content.WriteAsync(Bytes(MiB, (i * 100) + at), at * MiB, default)).IsOk);
                most = Math.Max(most, fixture.Context.Spool!.Used);
            }

            // A file that has room may be written again; one that has not says so.
            var rewritten = await content.WriteAsync(Bytes(MiB, i * 100), 0, default);
            Assert.True(rewritten.IsOk || rewritten.Error.Kind == StorageErrorKind.NoSpace);
            Assert.True((await content.FlushAsync(default)).IsOk);
            for (var at = 0; at < 12; at++)
            {
                Assert.True(Bytes(MiB, (i * 100) + at).AsSpan().SequenceEqual(fixture.Store.Objects[$"backup/{i}"].AsSpan(at * MiB, MiB)));
            }

            await content.ReleaseAsync();
        })));
        Assert.InRange(most, 1, 12 * MiB);
        Assert.Equal(0, fixture.Context.Spool!.Used);
        fixture.AssertClean();
    }

    [Fact]
    public async Task A_directory_that_fails_is_an_error_of_the_file()
    {
        var fixture = Create(100, false);
        _directory.Dispose();
        var content = fixture.Open();
        StorageError? error = null;
        for (var i = 0; i < 100 && error is null; i++)
        {
            error = (await content.WriteAsync(new byte[MiB], i * MiB, default)).Error;
            await Task.Delay(1);
        }

        error ??= (await content.FlushAsync(default)).Error;
        Assert.Equal(StorageErrorKind.Io, error!.Kind);
        Assert.Contains("--spool", error.Message, StringComparison.Ordinal);
        await content.DiscardAsync();
        fixture.AssertClean();
        Directory.CreateDirectory(_directory.Path);
    }

    [Fact]
    public async Task A_failed_flush_of_a_spooled_file_loses_nothing()
    {
        var fixture = Create(100, false);
        var content = fixture.Open();
        await WriteAllAsync(content, Bytes(20 * MiB));
        fixture.Store.Before = (request, _, _) => new(
            request == "complete" ? new StorageError(StorageErrorKind.Unavailable, "injected", IsTransient: true) : null);
        Assert.Equal(StorageErrorKind.Unavailable, (await content.FlushAsync(default)).Error!.Kind);
        fixture.Store.Before = null;
        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.Equal(Bytes(20 * MiB), fixture.Store.Objects["backup/file"]);
        await content.ReleaseAsync();
        fixture.AssertClean();
        Assert.Equal(0, fixture.Context.Spool!.Used);
    }

    [Fact]
    public void Leftovers_are_removed_and_nothing_else_is()
    {
        File.WriteAllText(Path.Combine(_directory.Path, "backupfs-spool-0123"), "left");
        File.WriteAllText(Path.Combine(_directory.Path, "mine"), "kept");
        using (new SpoolSpace(_directory.Path, MiB).Create())
        {
            Assert.Equal(["mine"], Directory.EnumerateFiles(_directory.Path).Select(Path.GetFileName));
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; !condition(); i++)
        {
            Assert.True(i < 3000, "it did not happen");
            await Task.Delay(10);
        }
    }

    private ContentFixture Create(int granules, bool inOrder) => new(
        SmallParts with { PartsInOrder = inOrder, PartCopy = !inOrder },
        options: new ObjectStorageOptions { SpoolDirectory = _directory.Path, SpoolBytes = (long)granules * MiB });
}
