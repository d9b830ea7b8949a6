using System.Buffers;
using BackupFs.Storage.Objects;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace BackupFs.Storage.Directory.Tests;

/// <summary>What is left in the directory, and what is not.</summary>
public sealed class TidinessTests : IDisposable
{
    private readonly TemporaryRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task Directories_go_with_the_last_object_in_them()
    {
        var store = _root.Open();
        foreach (var key in new[] { "a/b/c/1", "a/b/2", "x" })
        {
            Assert.True((await PutAsync(store, key)).IsOk);
        }

        Assert.True((await store.DeleteAsync(["a/b/c/1"], default)).IsOk);
        Assert.False(System.IO.Directory.Exists(_root.At("a", "b", "c")));
        Assert.True(System.IO.File.Exists(_root.At("a", "b", "2")));
        Assert.True((await store.DeleteAsync(["a/b/2", "x"], default)).IsOk);
        Assert.Equal([".backupfs"], System.IO.Directory.GetFileSystemEntries(_root.Path).Select(Path.GetFileName));
        Assert.Empty(System.IO.Directory.GetFiles(_root.At(".backupfs", "temporary")));
    }

    [Fact]
    public async Task A_directory_without_an_object_is_none()
    {
        var store = _root.Open();
        System.IO.Directory.CreateDirectory(_root.At("empty", "below"));
        _root.Plant("x", "full", "below", "file");
        Assert.Equal(["full/"], (await store.ListAsync(new ObjectListing("", ByDirectory: true), default)).Value.Directories);
        Assert.True((await PutAsync(store, "empty/below")).IsOk);
    }

    [Fact]
    public async Task A_refused_put_leaves_nothing()
    {
        var store = _root.Open();
        Assert.True((await PutAsync(store, "a")).IsOk);
        Assert.Equal(StorageErrorKind.AlreadyExists, (await store.PutAsync("a", new ReadOnlySequence<byte>([2]), PutCondition.Absent, default)).Error?.Kind);
        Assert.Equal(StorageErrorKind.NotADirectory, (await PutAsync(store, "a/b")).Error?.Kind);
        Assert.Empty(System.IO.Directory.GetFiles(_root.At(".backupfs", "temporary")));
    }

    [Fact]
    public async Task Leftovers_of_dead_processes_are_removed_when_a_backup_starts_and_what_somebody_writes_is_not()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        _root.Plant("left", ".backupfs", "temporary", "left");
        _root.Plant("left", ".backupfs", "uploads", "left", "content");
        var writing = (await _root.Open().StartUploadAsync("dir/file", default)).Value;
        Assert.True((await _root.Open(time: time).PrepareAsync("dir/name/", default)).IsOk);
        Assert.True(System.IO.File.Exists(_root.At(".backupfs", "temporary", "left")));
        time.Advance(Leftovers.Age + TimeSpan.FromMinutes(1));
        Assert.True((await _root.Open(time: time).PrepareAsync("dir/name/", default)).IsOk);
        Assert.False(System.IO.File.Exists(_root.At(".backupfs", "temporary", "left")));
        Assert.False(System.IO.Directory.Exists(_root.At(".backupfs", "uploads", "left")));
        Assert.True((await writing.UploadPartAsync(1, new ReadOnlySequence<byte>([1, 2]), true, default)).IsOk);
        Assert.Equal(2, (await writing.CompleteAsync(1, default)).Value.Size);
        Assert.Empty(System.IO.Directory.GetDirectories(_root.At(".backupfs", "uploads")));
    }

    [Fact]
    public async Task A_file_without_bytes_is_not_opened_because_a_fifo_has_none_either()
    {
        System.IO.Directory.CreateDirectory(_root.Path);
        using (var process = System.Diagnostics.Process.Start("mkfifo", [_root.At("fifo")]))
        {
            await process.WaitForExitAsync();
            Assert.Equal(0, process.ExitCode);
        }

        var read = await _root.Open().ReadAsync("fifo", null, 0, new byte[10], default).AsTask().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(0, read.Value);
    }

    private static async Task<StorageResult<ObjectInfo>> PutAsync(DirectoryObjectStore store, string key) =>
        await store.PutAsync(key, new ReadOnlySequence<byte>([1]), PutCondition.None, default);
}
