namespace BackupFs.Storage.Objects;

/// <summary>The tree of a backup that nobody changes here: complete, foreign, or somebody else's unfinished one.</summary>
internal sealed class StoredTree : NodeTree
{
    private readonly TransferContext _context;

    internal StoredTree(TransferContext context, TreeNode root)
        : base(new Lock())
    {
        (_context, Root) = (context, root);
    }

    protected override TreeNode Root { get; }

    protected override Timestamp Now => Root.ChangeTime;

    protected override StorageError? CheckWritable() => StorageError.ReadOnly;

    protected override TreeNode NewNode(EntryType type, int mode, uint? userId, uint? groupId, uint device, byte[]? target) =>
        throw new InvalidOperationException("a stored tree does not change");

    protected override IBackupFile Open(TreeNode node, FileAccessMode access) =>
        new StoredFile(_context, node.ToAttributes(), (StoredContent)node.Content!, PathOf(node) ?? "");

    protected override ValueTask<StorageResult<Done>> ResizeAsync(TreeNode node, long size, CancellationToken cancellationToken) =>
        new(StorageError.ReadOnly);

    protected override TreeNode? NodeOf(IBackupFile file) => null;
}
