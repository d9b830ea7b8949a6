namespace BackupFs.Storage.Objects;

/// <summary>What is left of a backup that was never ended: its journal and its objects, put together.</summary>
internal sealed class UnfinishedBackup
{
    private readonly JournalDocument? _journal;
    private readonly Dictionary<string, ObjectInfo> _objects;
    private readonly string _prefix;

    private UnfinishedBackup(JournalDocument? journal, IEnumerable<ObjectInfo> objects, string prefix)
    {
        (_journal, _prefix) = (journal, prefix);
        _objects = objects.ToDictionary(info => info.Key, StringComparer.Ordinal);
    }

    /// <summary>Keys of objects that no entry of <see cref="Build"/> refers to: content that was replaced or removed.</summary>
    internal IReadOnlyCollection<string> Unused => _objects.Keys;

    /// <summary>Reads everything.</summary>
    internal static async ValueTask<StorageResult<UnfinishedBackup>> ReadAsync(
        TransferContext context, ObjectKeys keys, string directory, string name, CancellationToken cancellationToken)
    {
        var journal = await ObjectLister.ReadSealedAsync(context.Store, keys.Journal(directory, name), cancellationToken).ConfigureAwait(false);
        if (!journal.IsOk && journal.Error.Kind != StorageErrorKind.NotFound)
        {
            return journal.Error;
        }

        var prefix = ObjectKeys.Backup(directory, name);
        var objects = await ObjectLister.ListAllAsync(context.Store, prefix, cancellationToken).ConfigureAwait(false);
        var provisional = await ObjectLister.ListAllAsync(context.Store, keys.Data(directory, name), cancellationToken).ConfigureAwait(false);
        if ((objects.Error ?? provisional.Error) is { } error)
        {
            return error;
        }

        var document = journal.IsOk ? JournalDocument.Parse(journal.Value) : null;
        return new UnfinishedBackup(document, objects.Value.Concat(provisional.Value), prefix);
    }

    /// <summary>
    /// Builds the tree; once. An object newer than the journal belongs to the file of its key: a close has stored it, unless the
    /// journal says that parts would be. A file that the journal knows and that has no object was never whole, and is unfinished,
    /// as is one that was open for writing.
    /// </summary>
    /// <param name="makeContent">Makes a file's content, given where it is (null: nowhere) and its path.</param>
    internal TreeBuilder Build(Func<StoredObject?, string, INodeContent> makeContent)
    {
        var builder = new TreeBuilder(_journal?.Started ?? default);
        var nodes = new Dictionary<string, TreeNode>(StringComparer.Ordinal);
        if (_journal is null)
        {
            nodes[""] = builder.Start();
        }

        foreach (var entry in _journal?.Entries ?? [])
        {
            if ((entry.Path.Length > 0 && (BackupPath.Check(entry.Path) is not null || nodes.ContainsKey(entry.Path)
                    || !nodes.TryGetValue(BackupPath.Parent(entry.Path), out var parent) || !parent.IsDirectory))
                || entry.Path == BackupManifest.FileName)
            {
                continue;
            }

            if (entry.HardLinkTo is { } first)
            {
                if (nodes.TryGetValue(first, out var same))
                {
                    same.Names++;
                    builder.Add(nodes, entry.Path, same);
                }

                continue;
            }

            INodeContent? content = null;
            StoredObject? stored = null;
            if (entry.Type == EntryType.File)
            {
                var key = entry.Object?.Key ?? (_prefix + entry.Path);
                stored = _objects.Remove(key, out var info) ? new StoredObject(info.Key, info.Size, info.Tag) : null;
                content = makeContent(stored, entry.Path);
            }

            var node = builder.NewNode(
                entry.Type, entry.Mode & 0xFFF, entry.UserId, entry.GroupId, entry.Device, entry.Target, entry.ModifyTime, content);
            node.IsUnfinished = entry.Type == EntryType.File
                && (stored is null || entry.IsPartial || (entry.IsUnfinished && stored.Tag == entry.Object?.Tag));
            foreach (var (name, value) in entry.Attributes ?? new Dictionary<string, byte[]>())
            {
                node.Attributes[name] = value;
            }

            builder.Add(nodes, entry.Path, node);
        }

        foreach (var info in _objects.Values.Where(info => info.Key.StartsWith(_prefix, StringComparison.Ordinal)).ToList())
        {
            if (builder.AddObject(info, info.Key[_prefix.Length..], makeContent) is not null)
            {
                _objects.Remove(info.Key);
            }
        }

        return builder;
    }
}
