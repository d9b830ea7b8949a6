namespace BackupFs.Storage.File.Tests;

public sealed class DescriptorTests
{
    [Fact]
    public async Task The_number_of_descriptors_returns_to_the_start()
    {
        using var store = new TemporaryStore();
        for (var number = 0; number < 20; number++)
        {
            await LiveAsync(store, $"b{number}");
        }

        await store.Storage.CloseAsync(None);
        Assert.Empty(await SettleAsync(store.Root));
    }

    private static async Task LiveAsync(TemporaryStore store, string name)
    {
        using (var backup = await store.Storage.StartAsync(name: name))
        {
            await backup.Tree.CreateDirectoryAsync("d", new NewEntry(0x1ED), None);
            for (var number = 0; number < 20; number++)
            {
                await backup.WriteAsync($"d/f{number}", Bytes(100));
            }

            await backup.SuspendAsync(None);
        }

        using (var backup = await store.Storage.ResumeBackupAsync("ks/-80", name, None))
        {
            await backup.EndAsync();
            await backup.ReadAsync("d/f1");
        }

        foreach (var listed in await store.Storage.ListBackupsAsync("ks/-80", None))
        {
            await listed.ReadAsync("d/f2");
            listed.Dispose();
        }

        using (var aborted = await store.Storage.StartAsync(name: name + ".aborted"))
        {
            await aborted.WriteAsync("f", Bytes(100));
            await aborted.AbortBackupAsync(None);
        }

        await store.Storage.RemoveBackupAsync("ks/-80", name, None);
    }

    /// <summary>Jobs given up close their files a moment later. The limit is against hangs.</summary>
    private static async Task<List<string>> SettleAsync(string root)
    {
        var open = Open(root);
        for (var attempt = 0; attempt < 500 && open.Count > 0; attempt++)
        {
            await Task.Delay(10);
            open = Open(root);
        }

        return open;
    }

    private static List<string> Open(string root) => [.. Directory.GetFileSystemEntries("/proc/self/fd")
        .Select(link => new FileInfo(link).LinkTarget ?? "")
        .Where(target => target.StartsWith(root, StringComparison.Ordinal))];
}
