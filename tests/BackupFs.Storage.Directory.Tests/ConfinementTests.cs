using System.Buffers;
using BackupFs.Storage.Objects;
using Xunit;

namespace BackupFs.Storage.Directory.Tests;

/// <summary>Nothing outside of the root is read, changed or listed.</summary>
public sealed class ConfinementTests : IDisposable
{
    private readonly TemporaryRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("/outside")]
    [InlineData("a//b")]
    [InlineData("./a")]
    [InlineData("a/")]
    [InlineData("")]
    [InlineData("a\0b")]
    public async Task A_key_that_leads_elsewhere_is_refused(string key)
    {
        var store = _root.Open();
        _root.Plant("inside", "a", "b");
        System.IO.File.WriteAllText(_root.At("..", "outside"), "outside");
        Assert.Equal(StorageErrorKind.InvalidName, (await PutAsync(store, key)).Error?.Kind);
        Assert.Equal(StorageErrorKind.InvalidName, (await store.CopyAsync("a/b", key, default)).Error?.Kind);
        Assert.Equal(StorageErrorKind.InvalidName, (await store.StartUploadAsync(key, default)).Error?.Kind);
        Assert.Equal(StorageErrorKind.NotFound, (await store.GetInfoAsync(key, default)).Error?.Kind);
        Assert.Equal(StorageErrorKind.NotFound, (await store.ReadAsync(key, null, 0, new byte[9], default)).Error?.Kind);
        Assert.True((await store.DeleteAsync([key], default)).IsOk);
        Assert.Equal("outside", System.IO.File.ReadAllText(_root.At("..", "outside")));
        Assert.True(System.IO.File.Exists(_root.At("a", "b")));
    }

    [Theory]
    [InlineData("../")]
    [InlineData("a/../../")]
    [InlineData("/")]
    [InlineData("/etc/")]
    public async Task A_prefix_that_leads_elsewhere_has_nothing(string prefix)
    {
        _root.Plant("inside", "a", "b");
        Assert.Empty((await _root.Open().ListAsync(new ObjectListing(prefix), default)).Value.Objects);
    }

    [Fact]
    public async Task Links_are_neither_followed_nor_shown()
    {
        var store = _root.Open();
        _root.Plant("inside", "a", "b");
        System.IO.Directory.CreateDirectory(_root.At("..", "elsewhere"));
        System.IO.File.WriteAllText(_root.At("..", "elsewhere", "secret"), "secret");
        System.IO.Directory.CreateSymbolicLink(_root.At("link"), _root.At("..", "elsewhere"));
        System.IO.File.CreateSymbolicLink(_root.At("a", "file link"), _root.At("..", "elsewhere", "secret"));
        Assert.Equal(["a/b"], (await store.ListAsync(new ObjectListing(""), default)).Value.Objects.Select(found => found.Key));
        Assert.Equal(["a/"], (await store.ListAsync(new ObjectListing("", ByDirectory: true), default)).Value.Directories);
        Assert.Empty((await store.ListAsync(new ObjectListing("link/"), default)).Value.Objects);
        foreach (var key in new[] { "link/secret", "a/file link" })
        {
            Assert.Equal(StorageErrorKind.NotFound, (await store.GetInfoAsync(key, default)).Error?.Kind);
            Assert.Equal(StorageErrorKind.NotFound, (await store.ReadAsync(key, null, 0, new byte[9], default)).Error?.Kind);
        }

        Assert.Equal(StorageErrorKind.NotPermitted, (await PutAsync(store, "link/new")).Error?.Kind);
        Assert.True((await store.DeleteAsync(["link/secret"], default)).IsOk);

        // What is stored under the name of a link replaces the link.
        Assert.True((await PutAsync(store, "a/file link")).IsOk);
        Assert.Equal("secret", System.IO.File.ReadAllText(_root.At("..", "elsewhere", "secret")));
        Assert.Equal(["secret"], System.IO.Directory.GetFiles(_root.At("..", "elsewhere")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task An_upload_that_was_not_ours_is_not_removed()
    {
        _root.Plant("inside", "a", "b");
        var aborted = await _root.Open().AbortUploadAsync(new UnfinishedUpload("a", "../../a", default), default);
        Assert.Equal(StorageErrorKind.InvalidArgument, aborted.Error?.Kind);
        Assert.True(System.IO.File.Exists(_root.At("a", "b")));
    }

    private static async Task<StorageResult<ObjectInfo>> PutAsync(DirectoryObjectStore store, string key) =>
        await store.PutAsync(key, new ReadOnlySequence<byte>([1]), PutCondition.None, default);
}
