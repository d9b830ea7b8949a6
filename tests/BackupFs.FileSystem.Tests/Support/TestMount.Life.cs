using Microsoft.Extensions.Time.Testing;

namespace BackupFs.FileSystem.Tests.Support;

/// <content>Starting in the middle of a backup's life, and letting time pass.</content>
internal sealed partial class TestMount
{
    /// <summary>A mount with the directory <c>d</c> and a backup begun in it.</summary>
    public static async Task<TestMount> BegunAsync(
        FileSystemOptions? options = null, string shownName = "b", FaultPlan? faults = null, Caller? caller = null)
    {
        var mount = await StartAsync(options, wrap: faults is null ? null : storage => new FaultyStorage(storage, faults));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/" + shownName, caller));
        return mount;
    }

    /// <summary>A mount with the complete backup <c>d/b</c> of the files <c>file</c> and <c>sub/file</c>.</summary>
    public static async Task<TestMount> CompleteAsync(FileSystemOptions? options = null, FaultPlan? faults = null)
    {
        var mount = await BegunAsync(options, faults: faults);
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/file", "content"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/b/sub"));
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/sub/file", "deep"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        return mount;
    }

    /// <summary>The life of the open backup in <c>d</c>.</summary>
    public async Task<OpenBackup> LifeAsync(string shownName = "b") =>
        await WithAsync("d/" + shownName, inode => Task.FromResult(((EntryInode)inode).Backup.Open)) ?? throw new InvalidOperationException("not open");

    /// <summary>Lets time pass, and the watch look once afterwards.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        Time.Advance(time);
        await Eventually.InTimeAsync(Fs.WatchOnceAsync(CancellationToken.None));
    }

    /// <summary>Lets time pass until something that waits for it is done.</summary>
    public async Task<T> PassUntilAsync<T>(Task<T> task)
    {
        await Eventually.TrueAsync(() =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(50));
            return task.IsCompleted;
        });
        return await task;
    }

    /// <summary>Another process on the same storage, at the same time.</summary>
    public Task<TestMount> AnotherAsync(FileSystemOptions? options = null, FaultPlan? faults = null) =>
        StartAsync(Time, options, Store, faults is null ? null : storage => new FaultyStorage(storage, faults));

    /// <summary>Waits until all that is known of writers has been judged.</summary>
    public async Task JudgedAsync(string shownName = "b")
    {
        var life = await LifeAsync(shownName);
        await Eventually.TrueAsync(() =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(50));
            return !life.HasUnjudged;
        });
    }
}
