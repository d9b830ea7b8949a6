using System.Text;

namespace BackupFs.Storage;

/// <content>Attributes and extended attributes.</content>
public abstract partial class NodeTree
{
    private const int MaximumAttributeName = 255;
    private const int MaximumAttributeValue = 64 * 1024;

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(
        string path, EntryChanges changes, CancellationToken cancellationToken)
    {
        var node = Root;
        lock (Gate)
        {
            if ((CheckWritable() ?? Find(path, out node)) is { } error)
            {
                return new(error);
            }
        }

        return ChangeAsync(node, changes, cancellationToken);
    }

    /// <summary>Changes a node's attributes: the size first, which may take time. Not under the lock.</summary>
    protected ValueTask<StorageResult<EntryAttributes>> ChangeAsync(TreeNode node, EntryChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(node);
        if (changes.Size is not { } size)
        {
            return new(Change(node, changes));
        }

        if ((CheckWritable() ?? node.CheckSize(size)) is { } error)
        {
            return new(error);
        }

        var resized = ResizeAsync(node, size, cancellationToken);
        return resized.IsCompletedSuccessfully
            ? new(resized.Result.Error is { } refusal ? refusal : Change(node, changes))
            : WhenResizedAsync(resized, node, changes);

        async ValueTask<StorageResult<EntryAttributes>> WhenResizedAsync(
            ValueTask<StorageResult<Done>> resizing, TreeNode resizedNode, EntryChanges others) =>
            (await resizing.ConfigureAwait(false)).Error is { } late ? late : Change(resizedNode, others);
    }

    private StorageResult<EntryAttributes> Change(TreeNode node, EntryChanges changes)
    {
        lock (Gate)
        {
            return (CheckWritable() ?? node.Change(changes, Now)) is { } refusal ? refusal : node.ToAttributes();
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<byte[]>> GetExtendedAttributeAsync(string path, string name, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            if (Find(path, out var node) is { } error)
            {
                return new(error);
            }

            return node.Attributes.TryGetValue(name, out var value) ? new((byte[])value.Clone()) : new(StorageError.NoAttribute);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<IReadOnlyList<string>>> ListExtendedAttributesAsync(string path, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            return Find(path, out var node) is { } error
                ? new(error)
                : new(new StorageResult<IReadOnlyList<string>>([.. node.Attributes.Keys]));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> SetExtendedAttributeAsync(
        string path, string name, ReadOnlyMemory<byte> value, AttributeSetMode mode, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            if ((CheckWritable() ?? CheckAttribute(name, value.Length) ?? Find(path, out _)) is { } error)
            {
                return new(error);
            }

            Find(path, out var node);
            if (name.StartsWith("user.", StringComparison.Ordinal) && node.Type is not (EntryType.File or EntryType.Directory))
            {
                return new(new StorageError(StorageErrorKind.NotPermitted, "only files and directories have user attributes"));
            }

            switch (mode)
            {
                case AttributeSetMode.Create when node.Attributes.ContainsKey(name):
                    return new(StorageErrorKind.AlreadyExists);
                case AttributeSetMode.Replace when !node.Attributes.ContainsKey(name):
                    return new(StorageError.NoAttribute);
                case AttributeSetMode.CreateOrReplace:
                case AttributeSetMode.Create:
                case AttributeSetMode.Replace:
                    break;
            }

            node.Attributes[name] = value.ToArray();
            node.ChangeTime = Now;
            return new(Done.Ok);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> RemoveExtendedAttributeAsync(string path, string name, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            if ((CheckWritable() ?? Find(path, out _)) is { } error)
            {
                return new(error);
            }

            Find(path, out var node);
            if (!node.Attributes.Remove(name))
            {
                return new(StorageError.NoAttribute);
            }

            node.ChangeTime = Now;
            return new(Done.Ok);
        }
    }

    private static StorageError? CheckAttribute(string name, int length)
    {
        var point = name.IndexOf('.', StringComparison.Ordinal);
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > MaximumAttributeName || name.Contains('\0', StringComparison.Ordinal))
        {
            return new StorageError(StorageErrorKind.InvalidArgument, "the name of the extended attribute is empty or too long");
        }

        return (point < 0 ? name : name[..point]) switch
        {
            "user" or "trusted" or "security" or "system" when point < name.Length - 1 =>
                length <= MaximumAttributeValue ? null : new StorageError(StorageErrorKind.NoSpace, "an extended attribute has at most 64 KiB"),
            _ => StorageError.Unsupported,
        };
    }
}
