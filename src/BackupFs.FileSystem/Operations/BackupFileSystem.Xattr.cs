using System.Text;
using BackupFs.Storage;

namespace BackupFs.FileSystem;

/// <summary>Extended attributes: stored ones, and the virtual ones of <see cref="ControlAttributes"/>.</summary>
public sealed partial class BackupFileSystem
{
    private const string UserNamespace = "user.";

    /// <summary>The value of an extended attribute.</summary>
    public ValueTask<FsResult<byte[]>> GetxattrAsync(Inode inode, string name, CancellationToken cancellationToken) =>
        Interruption.Of(ReadAttributeAsync(inode, name, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsResult<byte[]>> ReadAttributeAsync(Inode inode, string name, CancellationToken cancellationToken)
    {
        if (name.StartsWith(ControlAttributes.Prefix, StringComparison.Ordinal))
        {
            var text = await ReadControlAsync(inode, name, cancellationToken).ConfigureAwait(false);
            return text.IsOk ? Encoding.UTF8.GetBytes(text.Value) : text.Error;
        }

        if (!name.StartsWith(UserNamespace, StringComparison.Ordinal) || inode is not EntryInode entry)
        {
            return FsError.NoAttribute;
        }

        return await OnPathAsync(entry, path => entry.Backup.Handle.Tree.GetExtendedAttributeAsync(path, name, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>The names of the stored extended attributes. Virtual ones are not listed, so that no tool copies them.</summary>
    public ValueTask<FsResult<IReadOnlyList<string>>> ListxattrAsync(Inode inode, CancellationToken cancellationToken) =>
        Interruption.Of(ListAttributesAsync(inode, cancellationToken), _log, cancellationToken);

    private static async ValueTask<FsResult<IReadOnlyList<string>>> ListAttributesAsync(Inode inode, CancellationToken cancellationToken)
    {
        if (inode is not EntryInode entry)
        {
            return Array.Empty<string>();
        }

        var names = await OnPathAsync(entry, path => entry.Backup.Handle.Tree.ListExtendedAttributesAsync(path, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        return names.IsOk
            ? names.Value.Where(IsStored).ToArray()
            : names.Error;

        static bool IsStored(string name) =>
            name.StartsWith(UserNamespace, StringComparison.Ordinal)
            && !name.StartsWith(ControlAttributes.Prefix, StringComparison.Ordinal);
    }

    /// <summary>Sets an extended attribute, or gives a command.</summary>
    public ValueTask<FsError> SetxattrAsync(
        Inode inode, string name, ReadOnlyMemory<byte> value, AttributeSetMode mode, Caller caller, CancellationToken cancellationToken) =>
        Interruption.Of(SetAttributeAsync(inode, name, value, mode, caller, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsError> SetAttributeAsync(
        Inode inode, string name, ReadOnlyMemory<byte> value, AttributeSetMode mode, Caller caller, CancellationToken cancellationToken)
    {
        if (name.StartsWith(ControlAttributes.Prefix, StringComparison.Ordinal))
        {
            return await CommandAsync(inode, name, Encoding.UTF8.GetString(value.Span), caller, cancellationToken).ConfigureAwait(false);
        }

        if (!name.StartsWith(UserNamespace, StringComparison.Ordinal) || inode is not EntryInode entry)
        {
            return FsError.Unsupported;
        }

        return await ChangeNamesAsync(entry.Backup, async () =>
        {
            entry.Backup.Open!.NoteWriter(caller.Id);
            var set = await OnPathAsync(
                entry, path => entry.Backup.Handle.Tree.SetExtendedAttributeAsync(path, name, value, mode, CancellationToken.None), cancellationToken)
                .ConfigureAwait(false);
            return set.Error;
        }).ConfigureAwait(false);
    }

    /// <summary>Removes an extended attribute.</summary>
    public ValueTask<FsError> RemovexattrAsync(Inode inode, string name, CancellationToken cancellationToken) =>
        Interruption.Of(RemoveAttributeAsync(inode, name, cancellationToken), _log, cancellationToken);

    private async ValueTask<FsError> RemoveAttributeAsync(Inode inode, string name, CancellationToken cancellationToken)
    {
        if (name.StartsWith(ControlAttributes.Prefix, StringComparison.Ordinal))
        {
            return FsError.NotPermitted;
        }

        if (!name.StartsWith(UserNamespace, StringComparison.Ordinal) || inode is not EntryInode entry)
        {
            return FsError.NoAttribute;
        }

        return await ChangeNamesAsync(entry.Backup, async () =>
        {
            var removed = await OnPathAsync(
                entry, path => entry.Backup.Handle.Tree.RemoveExtendedAttributeAsync(path, name, CancellationToken.None), cancellationToken)
                .ConfigureAwait(false);
            return removed.Error;
        }).ConfigureAwait(false);
    }

    private static async ValueTask<FsResult<T>> OnPathAsync<T>(
        EntryInode inode, Func<string, ValueTask<StorageResult<T>>> operation, CancellationToken cancellationToken)
    {
        using var inside = await inode.Backup.EnterAsync(alone: false, cancellationToken).ConfigureAwait(false);
        ValueTask<StorageResult<T>> pending;
        using (inode.Backup.LockNames())
        {
            if (inode.Path is not { } path)
            {
                return FsError.Stale;
            }

            pending = operation(path);
        }

        return (await pending.ConfigureAwait(false)).ToFs();
    }
}
