using Xunit;
using static BackupFs.Storage.Objects.Tests.Writing.ContentFixture;

namespace BackupFs.Storage.Objects.Tests.Writing;

/// <summary>A store that fails: the writer is told, and nothing wrong is ever taken for stored.</summary>
public sealed class FaultTests
{
    private static readonly StorageError Fault = new(StorageErrorKind.Unavailable, "injected");
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(true, false, true)]
    [InlineData(false, false, false)]
    [InlineData(false, true, true)]
    public async Task Each_request_fails_once(bool partCopy, bool inOrder, bool after)
    {
        for (var failing = 0; ; failing++)
        {
            var fixture = new ContentFixture(SmallParts with { PartCopy = partCopy, PartsInOrder = inOrder });
            var requests = 0;
            var failed = "";
            ValueTask<StorageError?> Inject(string request, string key)
            {
                // An abort that fails leaves an upload behind, and so does a start whose answer is lost: the owner lists them.
                if (request == "abort" || (after && request == "start") || Interlocked.Increment(ref requests) - 1 != failing)
                {
                    return default;
                }

                failed = request;
                return new(Fault);
            }

            if (after)
            {
                fixture.Store.After = Inject;
            }
            else
            {
                fixture.Store.Before = (request, key, _) => Inject(request, key);
            }

            await ScenarioAsync(fixture).WaitAsync(Guard);
            if (failed.Length == 0)
            {
                Assert.True(failing > 15);
                return;
            }
        }
    }

    [Fact]
    public async Task A_part_that_fails_is_told_by_every_call_until_the_file_is_cut_to_nothing()
    {
        var fixture = new ContentFixture();
        var content = fixture.Open();
        var parts = 0;
        fixture.Store.Before = (request, _, _) => new(request == "part" && Interlocked.Increment(ref parts) == 3 ? Fault : null);
        StorageError? error = null;
        for (var i = 0; error is null; i++)
        {
            Assert.True(i < 1000);
            error = (await content.WriteAsync(Bytes(MiB), i * MiB, default)).Error;
            await Task.Delay(1);
        }

        Assert.Same(Fault, error);
        Assert.Same(Fault, (await content.WriteAsync(Bytes(1), 0, default)).Error);
        Assert.Same(Fault, (await content.FlushAsync(default)).Error);
        Assert.Same(Fault, (await content.FlushAsync(default)).Error);
        Assert.Same(Fault, (await content.ResizeAsync(1, default)).Error);
        Assert.Same(Fault, (await content.GetChecksumsAsync(default)).Error);
        Assert.True((await content.ResizeAsync(0, default)).IsOk);
        await WriteAllAsync(content, Bytes(10 * MiB));
        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.Equal(Bytes(10 * MiB), fixture.Store.Objects["backup/file"]);
        await content.ReleaseAsync();
        fixture.AssertClean();
    }

    [Theory]
    [InlineData(MiB, "put")]
    [InlineData(3 * MiB, "part")]
    [InlineData(3 * MiB, "complete")]
    [InlineData(3 * MiB, "start")]
    public async Task A_flush_that_failed_and_lost_nothing_can_be_repeated(int size, string request)
    {
        var fixture = new ContentFixture();
        var content = fixture.Open();
        await WriteAllAsync(content, Bytes(size));
        var left = 2;
        fixture.Store.Before = (now, _, _) => new(now == request && Interlocked.Decrement(ref left) >= 0 ? Fault : null);
        Assert.NotNull((await content.FlushAsync(default)).Error);
        while (left > 0)
        {
            Assert.NotNull((await content.FlushAsync(default)).Error);
        }

        Assert.True(content.IsDirty);
        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.Equal(Bytes(size), fixture.Store.Objects["backup/file"]);
        Assert.True((await content.GetChecksumsAsync(default)).Value.Matches(Sums(Bytes(size))));
        await content.ReleaseAsync();
        fixture.AssertClean();
    }

    [Fact]
    public async Task What_could_not_be_stored_before_the_last_close_stays_an_error()
    {
        var fixture = new ContentFixture();
        var content = fixture.Open();
        await WriteAllAsync(content, Bytes(MiB));
        fixture.Store.Before = (request, _, _) => new(request == "put" ? Fault : null);
        Assert.Same(Fault, (await content.FlushAsync(default)).Error);
        await content.ReleaseAsync();
        fixture.AssertClean();
        fixture.Store.Before = null;
        Assert.Same(Fault, (await content.FlushAsync(default)).Error);
        Assert.Same(Fault, (await content.ReadAsync(new byte[1], 0, default)).Error);
    }

    [Theory]
    [InlineData("put", MiB)]
    [InlineData("start", 9 * MiB)]
    [InlineData("part", 9 * MiB)]
    [InlineData("complete", 9 * MiB)]
    public async Task Discarding_ends_what_the_store_does_not_answer(string request, int size)
    {
        var fixture = new ContentFixture();
        var content = fixture.Open();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Store.Before = async (now, _, cancellationToken) =>
        {
            if (now == request)
            {
                reached.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return null;
        };
        await WriteAllAsync(content, Bytes(size));
        using var cancellation = new CancellationTokenSource();
        var flush = content.FlushAsync(cancellation.Token).AsTask();
        var other = content.FlushAsync(default).AsTask();
        await reached.Task.WaitAsync(Guard);
        var write = content.WriteAsync(Bytes(1), size, default).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush.WaitAsync(Guard));
        Assert.False(other.IsCompleted);
        await content.DiscardAsync().AsTask().WaitAsync(Guard);
        Assert.NotNull((await other.WaitAsync(Guard)).Error);
        await write.WaitAsync(Guard);
        Assert.Equal(StorageErrorKind.NotFound, (await content.WriteAsync(Bytes(1), 0, default)).Error!.Kind);
        Assert.Equal(StorageErrorKind.NotFound, (await content.ResizeAsync(0, default)).Error!.Kind);
        Assert.Equal(StorageErrorKind.NotFound, (await content.FlushAsync(default)).Error!.Kind);
        fixture.AssertClean();
    }

    [Fact]
    public async Task Cutting_to_nothing_ends_an_upload_under_way()
    {
        var fixture = new ContentFixture();
        var content = fixture.Open();
        var parts = 0;
        fixture.Store.Before = async (now, _, cancellationToken) =>
        {
            if (now == "part" && Interlocked.Increment(ref parts) > 2)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return null;
        };
        await WriteAllAsync(content, Bytes(12 * MiB));
        Assert.True((await content.ResizeAsync(0, default).AsTask().WaitAsync(Guard)).IsOk);
        fixture.Store.Before = null;
        await WriteAllAsync(content, Bytes(5 * MiB, 7));
        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.Equal(Bytes(5 * MiB, 7), fixture.Store.Objects["backup/file"]);
        Assert.True((await content.GetChecksumsAsync(default)).Value.Matches(Sums(Bytes(5 * MiB, 7))));
        await content.ReleaseAsync();
        fixture.AssertClean();
    }

    [Fact]
    public async Task An_object_that_somebody_else_replaced_is_never_mixed_with_ours()
    {
        var fixture = new ContentFixture();
        var content = fixture.Open();
        await WriteAllAsync(content, Bytes(6 * MiB));
        Assert.True((await content.FlushAsync(default)).IsOk);
        await content.ReleaseAsync();
        fixture.Store.Objects["backup/file"] = Bytes(6 * MiB, 2);
        Assert.Equal(StorageErrorKind.Corrupt, (await content.ReadAsync(new byte[10], 0, default)).Error!.Kind);
        Assert.Equal(StorageErrorKind.Corrupt, (await content.WriteAsync(new byte[10], 10, default)).Error!.Kind);
        Assert.Equal(10, (await content.WriteAsync(new byte[10], 6 * MiB, default)).Value);
        Assert.Equal(StorageErrorKind.Corrupt, (await content.FlushAsync(default)).Error!.Kind);
        await content.DiscardAsync();
        fixture.AssertClean();
    }

    /// <summary>Writes, appends, rewrites and cuts; an error is an end, and what was said to be stored is.</summary>
    private static async Task ScenarioAsync(ContentFixture fixture)
    {
        var content = fixture.Open();
        var model = Array.Empty<byte>();
        async Task<bool> WriteAsync(int length, int at, int seed)
        {
            var bytes = Bytes(length, seed);
            for (var done = 0; done < length; done += MiB)
            {
                var step = Math.Min(MiB, length - done);
                if (!(await content.WriteAsync(bytes.AsMemory(done, step), at + done, default)).IsOk)
                {
                    return false;
                }
            }

            Array.Resize(ref model, Math.Max(model.Length, at + length));
            bytes.CopyTo(model, at);
            return true;
        }

        async Task<bool> FlushAsync()
        {
            if (!(await content.FlushAsync(default)).IsOk)
            {
                return false;
            }

            Assert.Equal(content.Stored!.Tag, (await fixture.Store.GetInfoAsync("backup/file", default)) is { IsOk: true } info ? info.Value.Tag : content.Stored.Tag);
            Assert.True(model.AsSpan().SequenceEqual(fixture.Store.Objects["backup/file"]));
            return true;
        }

        _ = await WriteAsync(MiB, 0, 1) && await FlushAsync()
            && await WriteAsync((7 * MiB) + 5, MiB, 2) && await FlushAsync()
            && await WriteAsync(100, (8 * MiB) + 5, 3) && await WriteAsync(10, 5 * MiB, 4) && await FlushAsync()
            && await ReadAsync(content, model)
            && (await content.ResizeAsync((5 * MiB) + 100, default)).IsOk && Cut(ref model, (5 * MiB) + 100) && await FlushAsync()
            && (!(await content.GetChecksumsAsync(default) is { IsOk: true } sums) || Matches(sums.Value, model))
            && (await content.ResizeAsync(0, default)).IsOk && Cut(ref model, 0) && await WriteAsync(5 * MiB, 0, 5) && await FlushAsync();
        await content.DiscardAsync();
        fixture.AssertClean();
    }

    private static async Task<bool> ReadAsync(FileContent content, byte[] model)
    {
        var buffer = new byte[model.Length];
        var read = await content.ReadAsync(buffer, 0, default);
        Assert.True(!read.IsOk || buffer.AsSpan(0, read.Value).SequenceEqual(model));
        return read.IsOk;
    }

    private static bool Matches(FileChecksums sums, byte[] model)
    {
        Assert.True(sums.Matches(Sums(model)));
        return true;
    }

    private static bool Cut(ref byte[] model, int size)
    {
        Array.Resize(ref model, size);
        return true;
    }
}
