using System.Buffers;
using System.Text;
using BackupFs.Storage.Objects;
using Xunit;

namespace BackupFs.Storage.Directory.Tests;

/// <summary>Several clients of one directory, as several processes have them: each opens its files by itself.</summary>
public sealed class ConcurrencyTests : IDisposable
{
    private readonly TemporaryRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task Of_sixteen_clients_that_replace_one_version_one_does()
    {
        var tag = (await _root.Open().PutAsync("dir/owner", Body("first"), PutCondition.None, default)).Value.Tag;
        for (var round = 0; round < 5; round++)
        {
            var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(client => Task.Run(async () =>
                await _root.Open().PutAsync("dir/owner", Body($"{client:D5}"), PutCondition.Matches(tag), default))));
            tag = Assert.Single(results, result => result.IsOk).Value.Tag;
            Assert.All(results.Where(result => !result.IsOk), result => Assert.Equal(StorageErrorKind.AlreadyExists, result.Error!.Kind));
        }
    }

    [Fact]
    public async Task A_reader_sees_one_version_or_another_and_never_a_mixture()
    {
        var store = _root.Open();
        await store.PutAsync("dir/file", Body(new string('a', 300_000)), PutCondition.None, default);
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                Assert.True((await _root.Open().PutAsync("dir/file", Body(new string((char)('a' + (i % 26)), 300_000)), PutCondition.None, default)).IsOk);
            }
        });
        for (var round = 0; round < 200; round++)
        {
            var buffer = new byte[300_000];
            Assert.Equal(buffer.Length, (await store.ReadAsync("dir/file", null, 0, buffer, default)).Value);
            Assert.False(buffer.AsSpan().ContainsAnyExcept(buffer[0]));
        }

        await stop.CancelAsync();
        await writer;
    }

    [Fact]
    public async Task Objects_are_stored_into_directories_that_others_are_removing()
    {
        using var root = new TemporaryRoot(inMemory: true);
        await Parallel.ForAsync(0, 8, async (client, _) =>
        {
            var store = root.Open();
            for (var round = 0; round < 1000; round++)
            {
                var put = await store.PutAsync($"a/b/{client}", Body("x"), PutCondition.None, default);
                Assert.True(put.IsOk, put.Error?.ToString());
                var deleted = await store.DeleteAsync([$"a/b/{client}"], default);
                Assert.True(deleted.IsOk, deleted.Error?.ToString());
            }
        });
        Assert.False(System.IO.Directory.Exists(root.At("a")));
    }

    private static ReadOnlySequence<byte> Body(string text) => new(Encoding.ASCII.GetBytes(text));
}
