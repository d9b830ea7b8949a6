using System.Text;

namespace BackupFs.Storage;

/// <content>Attributes and extended attributes.</content>
internal sealed partial class MemoryTree
{
    private const int MaximumAttributeName = 255;
    private const int MaximumAttributeValue = 64 * 1024;

    public ValueTask<StorageResult<EntryAttributes>> SetAttributesAsync(
        string path, EntryChanges changes, CancellationToken cancellationToken)
    {
        lock (Store.Gate)
        {
            if ((handle.CheckWritable() ?? Find(path, out _)) is { } error)
            {
                return new(error);
            }

            Find(path, out var node);
            return new(node.Change(changes, Store.Now) is { } refusal ? refusal : node.ToAttributes());
        }
    }

    public ValueTask<StorageResult<byte[]>> GetExtendedAttributeAsync(string path, string name, CancellationToken cancellationToken)
    {
        lock (Store.Gate)
        {
            if (Find(path, out var node) is { } error)
            {
                return new(error);
            }

            return node.Attributes.TryGetValue(name, out var value) ? new((byte[])value.Clone()) : new(StorageError.NoAttribute);
        }
    }

    public ValueTask<StorageResult<IReadOnlyList<string>>> ListExtendedAttributesAsync(string path, CancellationToken cancellationToken)
    {
        lock (Store.Gate)
        {
            return Find(path, out var node) is { } error
                ? new(error)
                : new(new StorageResult<IReadOnlyList<string>>([.. node.Attributes.Keys]));
        }
    }

    public ValueTask<StorageResult<Done>> SetExtendedAttributeAsync(
        string path, string name, ReadOnlyMemory<byte> value, AttributeSetMode mode, CancellationToken cancellationToken)
    {
        lock (Store.Gate)
        {
            if ((handle.CheckWritable() ?? CheckAttribute(name, value.Length) ?? Find(path, out _)) is { } error)
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
            node.ChangeTime = Store.Now;
            return new(Done.Ok);
        }
    }

    public ValueTask<StorageResult<Done>> RemoveExtendedAttributeAsync(string path, string name, CancellationToken cancellationToken)
    {
        lock (Store.Gate)
        {
            if ((handle.CheckWritable() ?? Find(path, out _)) is { } error)
            {
                return new(error);
            }

            Find(path, out var node);
            if (!node.Attributes.Remove(name))
            {
                return new(StorageError.NoAttribute);
            }

            node.ChangeTime = Store.Now;
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
