using BackupFs.Storage;

namespace BackupFs.Cli.Listing;

/// <summary>How much a backup holds.</summary>
/// <param name="Files">Regular files; hard links to one file count as one where that is known.</param>
/// <param name="Bytes">Their sizes together.</param>
internal readonly record struct BackupSize(long Files, long Bytes)
{
    /// <summary>From the manifest if there is one, else by looking at every file.</summary>
    public static async Task<BackupSize> MeasureAsync(IBackupHandle handle, CancellationToken cancellationToken)
    {
        if (handle.State == BackupState.Complete
            && await handle.ReadManifestAsync(cancellationToken).ConfigureAwait(false) is { } manifest)
        {
            return new BackupSize(manifest.Files().Count(), manifest.Files().Sum(file => file.Size));
        }

        return await WalkAsync(handle.Tree, "", cancellationToken).ConfigureAwait(false);
    }

    private static async Task<BackupSize> WalkAsync(IBackupTree tree, string directory, CancellationToken cancellationToken)
    {
        var size = default(BackupSize);
        var pending = new Stack<string>([directory]);
        var seen = new HashSet<ulong>();
        while (pending.TryPop(out var path))
        {
            foreach (var entry in (await tree.ListAsync(path, cancellationToken).ConfigureAwait(false)).Value)
            {
                var child = BackupPath.Join(path, entry.Name);
                if (entry.Type == EntryType.Directory)
                {
                    pending.Push(child);
                }
                else if (entry.Type == EntryType.File && seen.Add(entry.FileId))
                {
                    var attributes = await tree.GetAttributesAsync(child, cancellationToken).ConfigureAwait(false);
                    size = new BackupSize(size.Files + 1, size.Bytes + (attributes.IsOk ? attributes.Value.Size : 0));
                }
            }
        }

        return size;
    }
}
