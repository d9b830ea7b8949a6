namespace BackupFs.FileSystem.Tests.Support;

/// <content>A storage that is far away.</content>
internal sealed partial class TestMount
{
    /// <summary>A mount of a storage as object storages are: without real directories, and slow where the plan says so.</summary>
    public static Task<TestMount> SlowAsync(FaultPlan faults, FileSystemOptions? options = null, MemoryStore? store = null) => StartAsync(
        options,
        store ?? new MemoryStore(realDirectories: false),
        storage => new FaultyStorage(storage, faults) { IsSlow = true });

    /// <summary>The same, with the directory <c>d</c> and a backup begun in it.</summary>
    public static async Task<TestMount> SlowBegunAsync(FaultPlan faults, FileSystemOptions? options = null, string shownName = "b")
    {
        var mount = await SlowAsync(faults, options);
        Assert.Equal(FsError.None, await mount.MkdirAsync("d"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/" + shownName));
        return mount;
    }

    /// <summary>The same, with the complete backup <c>d/b</c> of one file.</summary>
    public static async Task<TestMount> SlowCompleteAsync(FaultPlan faults, FileSystemOptions? options = null)
    {
        var mount = await SlowBegunAsync(faults, options);
        Assert.Equal(FsError.None, await mount.WriteFileAsync("d/b/file", "content"));
        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        return mount;
    }

    /// <summary>The directory <c>d</c>; the caller owns one reference.</summary>
    public async Task<DirectoryInode> DirectoryAsync(string path = "d") => (DirectoryInode)(await LookupAsync(path)).Value.Inode;
}
