using BackupFs.Mount.Semantics;
using BackupFs.Storage;

namespace BackupFs.Mount.Windows.Tests.Mounting;

/// <summary>A complete backup as another client of the storage sees it.</summary>
internal static class StoredFiles
{
    /// <summary>The content of each file.</summary>
    public static async Task<IReadOnlyDictionary<string, byte[]>> OfAsync(ITreeStorage place, string directory, string name)
    {
        var storage = place.Open();
        using var backup = await storage.FindBackupAsync(directory, name, default);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var entry in (await ManifestAsync(backup)).Entries.Where(entry => entry.Type == EntryType.File))
        {
            await using var content = await backup!.ReadFileAsync(entry.Path, default);
            using var copy = new MemoryStream();
            await content.CopyToAsync(copy);
            files.Add(entry.Path, copy.ToArray());
        }

        await storage.CloseAsync(default);
        return files;
    }

    /// <summary>What the manifest says of one entry.</summary>
    public static async Task<ManifestEntry> EntryAsync(ITreeStorage place, string directory, string name, string path)
    {
        var storage = place.Open();
        using var backup = await storage.FindBackupAsync(directory, name, default);
        var entry = (await ManifestAsync(backup)).Entries.Single(entry => entry.Path == path);
        await storage.CloseAsync(default);
        return entry;
    }

    private static async Task<BackupManifest> ManifestAsync(IBackupHandle? backup)
    {
        Assert.Equal(BackupState.Complete, backup?.State);
        return (await backup!.ReadManifestAsync(default))!;
    }
}
