namespace BackupFs.Storage.Objects;

/// <summary>The tree of a backup that nobody changes here: complete, foreign, or somebody else's unfinished one.</summary>
internal sealed class StoredTree : NodeTree
{
    private readonly TransferContext _context;
    private readonly TreeReadAhead? _ahead;
    private int _users;

    /// <param name="context">What all transfers share.</param>
    /// <param name="root">The nodes.</param>
    /// <param name="ahead">Reads ahead across files; null for a tree that may change elsewhere.</param>
    internal StoredTree(TransferContext context, TreeNode root, TreeReadAhead? ahead = null)
        : base(new Lock())
    {
        (_context, Root, _ahead) = (context, root, ahead);
    }

    protected override TreeNode Root { get; }

    protected override Timestamp Now => Root.ChangeTime;

    /// <summary>Somebody will read it.</summary>
    internal void AddUser() => Interlocked.Increment(ref _users);

    /// <summary>Somebody has done with it. After the last one nothing is read ahead.</summary>
    internal void RemoveUser()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _ahead?.Stop();
        }
    }

    protected override StorageError? CheckWritable() => StorageError.ReadOnly;

    protected override TreeNode NewNode(EntryType type, int mode, uint? userId, uint? groupId, uint device, byte[]? target) =>
        throw new InvalidOperationException("a stored tree does not change");

    protected override IBackupFile Open(TreeNode node, FileAccessMode access)
    {
        var content = (StoredContent)node.Content!;
        var attributes = node.ToAttributes();
        return _ahead is { } ahead && content.Size > 0
            ? new StoredFile(attributes, ahead.Open(content), () => ahead.Read(node))
            : StoredFile.Open(_context, attributes, content, PathOf(node) ?? "");
    }

    protected override ValueTask<StorageResult<Done>> ResizeAsync(TreeNode node, long size, CancellationToken cancellationToken) =>
        new(StorageError.ReadOnly);

    protected override TreeNode? NodeOf(IBackupFile file) => null;
}
