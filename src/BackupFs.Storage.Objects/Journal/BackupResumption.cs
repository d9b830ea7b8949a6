namespace BackupFs.Storage.Objects;

/// <summary>Fills the tree of a backup that is opened again.</summary>
internal sealed class BackupResumption(TransferContext context, ObjectKeys keys, OpenBackupHandle handle)
{
    /// <exception cref="StorageException">The store's error.</exception>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        var left = await UnfinishedBackup.ReadAsync(context, keys, handle.Directory, handle.Name, cancellationToken).ConfigureAwait(false);
        if (!left.IsOk)
        {
            throw left.Error.ToException();
        }

        var made = new List<OpenContent>();
        var builder = left.Value.Build((stored, path) =>
        {
            if (stored is not null)
            {
                handle.OpenTree.Keys.SkipProvisional([stored.Key]);
            }

            var content = handle.OpenTree.NewContent(path, stored);
            made.Add(content);
            return content;
        });
        foreach (var (_, node) in builder.Root.Walk())
        {
            if (node.Content is OpenContent content)
            {
                content.Node = node;
            }
        }

        handle.OpenTree.Load(builder.Root, builder.LastFileId);
        handle.OpenTree.Keys.SkipProvisional(left.Value.Unused);
        foreach (var key in left.Value.Unused)
        {
            handle.OpenTree.Keys.Retire(key);
        }

        handle.JournalChanged();
    }
}
