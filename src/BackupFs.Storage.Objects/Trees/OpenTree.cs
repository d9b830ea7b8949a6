namespace BackupFs.Storage.Objects;

/// <summary>The tree of a backup that is being written: names and attributes in memory, content on its way to the store.</summary>
internal sealed class OpenTree : NodeTree
{
    private const int DirectoryMode = 0x1ED;

    private readonly OpenBackupHandle _handle;
    private readonly TransferContext _context;
    private readonly string _prefix;
    private ulong _lastFileId;
    private TreeNode _root;

    internal OpenTree(OpenBackupHandle handle, TransferContext context, string prefix, KeyTable keys)
        : base(new Lock())
    {
        (_handle, _context, _prefix, Keys) = (handle, context, prefix, keys);
        _root = NewNode(EntryType.Directory, DirectoryMode, null, null, 0, null);
    }

    /// <summary>The keys in use.</summary>
    internal KeyTable Keys { get; }

    /// <summary>Under this lock everything about names and attributes happens.</summary>
    internal Lock Lock => Gate;

    protected override TreeNode Root => _root;

    protected override Timestamp Now => Timestamp.From(_context.Time.GetUtcNow());

    /// <summary>Puts what a resume has found in place of the empty tree.</summary>
    internal void Load(TreeNode root, ulong lastFileId)
    {
        lock (Gate)
        {
            (_root, _lastFileId) = (root, lastFileId);
        }
    }

    /// <summary>All entries with their paths, ordered; a snapshot.</summary>
    internal List<(string Path, TreeNode Node)> Snapshot()
    {
        lock (Gate)
        {
            return Walk();
        }
    }

    /// <summary>All entries as a manifest has them.</summary>
    internal List<ManifestEntry> Describe(Func<TreeNode, FileChecksums> sum)
    {
        lock (Gate)
        {
            return Root.Describe(sum);
        }
    }

    /// <summary>All contents with the path of one of their names; a snapshot.</summary>
    internal List<(string Path, OpenContent Content)> Contents()
    {
        var seen = new HashSet<OpenContent>();
        return [.. Snapshot()
            .Where(entry => entry.Node.Content is OpenContent content && seen.Add(content))
            .Select(entry => (entry.Path, (OpenContent)entry.Node.Content!))];
    }

    /// <summary>The key under which Vitess looks for a file; null for a file without a name.</summary>
    internal string? FinalKeyOf(TreeNode node)
    {
        lock (Gate)
        {
            return PathOf(node) is { } path ? _prefix + path : null;
        }
    }

    /// <summary>The path of a node; null if it has none.</summary>
    internal string? FindPath(TreeNode node)
    {
        lock (Gate)
        {
            return PathOf(node);
        }
    }

    /// <summary>The node at a path; null if there is none.</summary>
    internal TreeNode? FindNode(string path)
    {
        lock (Gate)
        {
            return Find(path, out var node) is null ? node : null;
        }
    }

    /// <summary>A content has a new stored version.</summary>
    internal void ContentChanged() => _handle.JournalChanged();

    /// <summary>Returns when a resume would know everything that has changed before.</summary>
    internal ValueTask<StorageError?> WriteJournalAsync() => _handle.WriteJournalAsync();

    /// <inheritdoc/>
    protected override ValueTask<StorageResult<Done>> SyncNamesAsync(CancellationToken cancellationToken) => _handle.SyncJournalAsync(cancellationToken);

    /// <summary>As <see cref="NodeTree.ReplaceFile"/>, opened for writing.</summary>
    internal StorageResult<OpenFile> Replace(string path)
    {
        lock (Gate)
        {
            return ReplaceFile(path, out var node) is { } error ? error : (OpenFile)Open(node, FileAccessMode.Write);
        }
    }

    /// <summary>Changes an open file's attributes.</summary>
    internal ValueTask<StorageResult<EntryAttributes>> ChangeNodeAsync(TreeNode node, EntryChanges changes, CancellationToken cancellationToken) =>
        ChangeAsync(node, changes, cancellationToken);

    /// <summary>The attributes of a node.</summary>
    internal EntryAttributes AttributesOf(TreeNode node)
    {
        lock (Gate)
        {
            return node.ToAttributes();
        }
    }

    /// <summary>Content was written.</summary>
    internal void Touch(TreeNode node)
    {
        lock (Gate)
        {
            node.TouchContent(Now);
        }
    }

    /// <summary>Why nothing can be changed, or null.</summary>
    internal StorageError? Check() => CheckWritable();

    /// <summary>An open file was closed. Returns whether it was the content's last, and whether the file has a name.</summary>
    internal (bool IsLast, bool IsNamed) Close(OpenContent content, FileAccessMode access)
    {
        lock (Gate)
        {
            if (access != FileAccessMode.Read)
            {
                content.Node.CloseWriter();
            }

            return (--content.Handles == 0, content.Node.Names > 0);
        }
    }

    /// <summary>A node as a resume found it.</summary>
    internal OpenContent NewContent(string path, StoredObject? stored) => new(this, _context, path, stored);

    protected override StorageError? CheckWritable() => _handle.CheckWritable();

    protected override TreeNode NewNode(EntryType type, int mode, uint? userId, uint? groupId, uint device, byte[]? target)
    {
        var now = Now;
        var content = type == EntryType.File ? new OpenContent(this, _context, "", null) : null;
        var node = new TreeNode
        {
            Type = type,
            FileId = ++_lastFileId,
            Mode = mode,
            UserId = userId ?? 0,
            GroupId = groupId ?? 0,
            Device = device,
            Target = target,
            Names = 1,
            AccessTime = now,
            ModifyTime = now,
            ChangeTime = now,
            BirthTime = now,
            Content = content,
        };
        if (content is not null)
        {
            content.Node = node;
        }

        return node;
    }

    protected override IBackupFile Open(TreeNode node, FileAccessMode access)
    {
        var content = (OpenContent)node.Content!;
        content.Handles++;
        if (access != FileAccessMode.Read)
        {
            node.Writers++;
            _handle.JournalChanged();
        }

        content.Bytes.Path = PathOf(node) ?? content.Bytes.Path;
        return new OpenFile(_handle, this, content, access);
    }

    protected override async ValueTask<StorageResult<Done>> ResizeAsync(TreeNode node, long size, CancellationToken cancellationToken)
    {
        var resized = await ((OpenContent)node.Content!).Bytes.ResizeAsync(size, cancellationToken).ConfigureAwait(false);
        if (resized.IsOk)
        {
            lock (Gate)
            {
                node.Resized(size, Now);
                if (size == 0)
                {
                    ((OpenContent)node.Content!).HasRefusedWrite = false;
                }
            }

            _handle.JournalChanged();
        }

        return resized;
    }

    protected override ValueTask<StorageResult<IBackupFile>> OpenedAsync(IBackupFile file, string path, CancellationToken cancellationToken) =>
        _handle.OpenedAsync((OpenFile)file, path, cancellationToken);

    protected override TreeNode? NodeOf(IBackupFile file) =>
        file is OpenFile open && ReferenceEquals(open.Tree, this) ? open.Content.Node : null;

    protected override void NamesChanged() => _handle.JournalChanged();

    protected override void Unnamed(TreeNode node)
    {
        if (node.Content is OpenContent { Handles: 0 } content)
        {
            _handle.InBackground(content.DiscardAsync());
        }
    }
}
