using System.Diagnostics;
using System.Text;
using BackupFs.FileSystem;
using BackupFs.Storage;

namespace BackupFs.Mount.Semantics;

/// <summary>
/// What every mount has to do, on whatever platform and storage: derive a class that says how one is made. Each test mounts a
/// tree of its own.
/// </summary>
public abstract partial class MountSemantics
{
    /// <summary>Mounts a storage as the settings say.</summary>
    protected abstract Task<IMountedTree> MountAsync(TreeSettings settings);

    /// <summary>An empty place of the kind that is tested.</summary>
    protected abstract ITreeStorage NewStorage();

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>A mount that ends nothing by itself, with the directory <c>d</c>.</summary>
    protected async Task<IMountedTree> ManualAsync(TreeSettings? settings = null)
    {
        var tree = await MountAsync(settings ?? new TreeSettings());
        Assert.Equal(Refusal.None, tree.MakeDirectory("d"));
        return tree;
    }

    /// <summary>The same with the backup <c>d/b</c> begun.</summary>
    protected async Task<IMountedTree> BegunAsync(string shownName = "b", TreeSettings? settings = null)
    {
        var tree = await ManualAsync(settings);
        Assert.Equal(Refusal.None, tree.MakeDirectory("d/" + shownName));
        return tree;
    }

    /// <summary>The same with <c>d/b</c> complete: the files <c>file</c> and <c>sub/file</c>.</summary>
    protected async Task<IMountedTree> CompleteAsync(TreeSettings? settings = null)
    {
        var tree = await BegunAsync("b.partial", settings);
        Assert.Equal(Refusal.None, tree.Write("d/b.partial/file", Bytes("content")));
        Assert.Equal(Refusal.None, tree.MakeDirectory("d/b.partial/sub"));
        Assert.Equal(Refusal.None, tree.Write("d/b.partial/sub/file", Bytes("deep")));
        Assert.Equal(Refusal.None, tree.Rename("d/b.partial", "d/b"));
        return tree;
    }

    protected static string? State(IMountedTree tree, string path) => tree.Control.Get(tree.FullPath(path), ControlAttributes.State);

    /// <summary>Ends a backup as the verb does; null, or why not.</summary>
    protected static string? End(IMountedTree tree, string path) => Command(tree, path, ControlAttributes.State, "complete");

    protected static string? Command(IMountedTree tree, string path, string attribute, string value)
    {
        try
        {
            tree.Control.Set(tree.FullPath(path), attribute, value);
            return null;
        }
        catch (MountException refused)
        {
            return refused.Message;
        }
    }

    /// <summary>Waits for something that comes by itself.</summary>
    protected static async Task EventuallyAsync(Func<bool> condition)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMinutes(1), "it never came");
            await Task.Delay(20);
        }
    }

    /// <summary>A complete backup as another client of the storage sees it: every file's content by its path.</summary>
    protected static async Task<IReadOnlyDictionary<string, byte[]>> StoredAsync(IMountedTree tree, string directory, string name)
    {
        var storage = tree.Storage.Open();
        using var backup = await storage.FindBackupAsync(directory, name, default);
        Assert.Equal(BackupState.Complete, backup?.State);
        var manifest = await backup!.ReadManifestAsync(default);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var entry in manifest!.Entries.Where(entry => entry.Type == EntryType.File))
        {
            await using var content = await backup.ReadFileAsync(entry.Path, default);
            using var copy = new MemoryStream();
            await content.CopyToAsync(copy);
            files.Add(entry.Path, copy.ToArray());
        }

        await storage.CloseAsync(default);
        return files;
    }
}
