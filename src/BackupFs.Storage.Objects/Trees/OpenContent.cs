namespace BackupFs.Storage.Objects;

/// <summary>The content of a file of an open backup, with the keys it uses. Thread-safe.</summary>
internal sealed class OpenContent : INodeContent, IContentKeys
{
    private readonly OpenTree _tree;
    private readonly Lock _gate = new();
    private readonly HashSet<string> _chosen = new(StringComparer.Ordinal);
    private bool _isDiscarded;
    private bool _isPartial;

    internal OpenContent(OpenTree tree, TransferContext context, string path, StoredObject? stored)
    {
        _tree = tree;
        Bytes = new FileContent(context, this, path, stored);
        if (stored is not null)
        {
            tree.Keys.TryTake(this, stored.Key);
        }
    }

    /// <summary>The bytes.</summary>
    internal FileContent Bytes { get; }

    /// <summary>Whose content it is; set right after the construction.</summary>
    internal TreeNode Node { get; set; } = null!;

    /// <summary>
    /// A write was refused that a stream cannot do, so the content is not what its program wanted, whatever it makes of the
    /// error; until the file is emptied.
    /// </summary>
    internal bool HasRefusedWrite { get; set; }

    /// <summary>
    /// The object stored last may be only a part of what its writer wants, however new it is: for the journal. From before it is
    /// stored until a close has stored everything.
    /// </summary>
    internal bool IsPartial
    {
        get => Volatile.Read(ref _isPartial);
        set => Volatile.Write(ref _isPartial, value);
    }

    /// <summary>Open files. Under the tree's lock.</summary>
    internal int Handles { get; set; }

    /// <inheritdoc/>
    public long Size => Bytes.Size;

    /// <inheritdoc/>
    public long AllocatedBytes => Bytes.Size;

    /// <inheritdoc/>
    public string ChooseKey()
    {
        var key = _tree.Keys.Choose(this, _tree.FinalKeyOf(Node));
        lock (_gate)
        {
            _chosen.Add(key);
        }

        return key;
    }

    /// <inheritdoc/>
    public void Stored(StoredObject? previous, StoredObject? current)
    {
        string[] unused;
        bool isDiscarded;
        lock (_gate)
        {
            unused = [.. _chosen.Where(key => key != current?.Key && key != previous?.Key)];
            _chosen.Clear();
            isDiscarded = _isDiscarded;
        }

        foreach (var key in unused)
        {
            _tree.Keys.GiveBack(this, key);
        }

        if (previous is not null && current is not null && previous.Key != current.Key)
        {
            _tree.Keys.Retire(previous.Key);
        }

        if (isDiscarded && current is not null)
        {
            // It was completed while it was being discarded.
            _tree.Keys.Retire(current.Key);
        }

        _tree.ContentChanged();
    }

    /// <inheritdoc/>
    public ValueTask<StorageError?> AnnouncePartialAsync()
    {
        if (!IsPartial)
        {
            IsPartial = true;
            _tree.ContentChanged();
        }

        // Also when it was announced before: that may be on its way still.
        return _tree.WriteJournalAsync();
    }

    /// <summary>Nobody wants the content any more.</summary>
    internal async Task DiscardAsync()
    {
        lock (_gate)
        {
            if (_isDiscarded)
            {
                return;
            }

            _isDiscarded = true;
        }

        await Bytes.DiscardAsync().ConfigureAwait(false);
        if (Bytes.Stored is { } stored)
        {
            _tree.Keys.Retire(stored.Key);
        }
    }
}
