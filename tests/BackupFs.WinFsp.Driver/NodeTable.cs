namespace BackupFs.WinFsp.Driver;

/// <summary>The open files of a volume by name, with the rules of the driver for sharing, deleting and renaming. Thread-safe.</summary>
internal sealed class NodeTable(bool caseSensitive)
{
    private readonly object _lock = new();
    private readonly Dictionary<string, DriverNode> _nodes =
        new(caseSensitive ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);

    private readonly StringComparison _comparison = caseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    internal bool SameName(string left, string right) => left.Equals(right, _comparison);

    /// <summary>Adds an open, or says why it cannot be.</summary>
    internal NtStatus TryOpen(DriverFile file, string name, bool isDirectory, out DriverNode? node)
    {
        lock (_lock)
        {
            if (!_nodes.TryGetValue(name, out node))
            {
                node = new DriverNode(name, isDirectory);
                _nodes.Add(name, node);
            }
            else if (node.DeletePending)
            {
                return NtStatus.DeletePending;
            }
            else if (node.Handles.Any(other => !Share(file, other)))
            {
                return NtStatus.SharingViolation;
            }

            node.Handles.Add(file);
            return NtStatus.Success;
        }
    }

    /// <summary>The handle of an open is closed: what the file system has to do, and the name if it is to delete.</summary>
    internal (CleanupFlags Flags, string? Name) Cleanup(DriverFile file)
    {
        lock (_lock)
        {
            DriverNode node = file.Node;
            node.Handles.Remove(file);
            bool last = node.Handles.Count == 0;
            node.DeletePending |= file.DeleteOnClose;
            bool delete = !node.Unlinked && ((node.DeletePending && last) || file.PosixDelete);
            CleanupFlags flags = file.ModificationFlags(last) | (delete ? CleanupFlags.Delete : CleanupFlags.None);
            string name = node.Name;
            if (delete)
            {
                node.Unlinked = true;
            }

            if (last || delete)
            {
                Remove(node);
            }

            return (flags, delete ? name : null);
        }
    }

    internal void SetDeletePending(DriverFile file, bool pending)
    {
        lock (_lock)
        {
            file.Node.DeletePending = pending;
        }
    }

    /// <summary>Whether a file may get a name, with all that is below it.</summary>
    internal NtStatus CheckRename(DriverNode node, string newName, bool posix)
    {
        lock (_lock)
        {
            bool inside = _nodes.Values.Any(other => IsBelow(other.Name, node.Name));
            bool replacedInUse = !posix && _nodes.TryGetValue(newName, out DriverNode? replaced) && replaced != node;
            return inside || replacedInUse ? NtStatus.AccessDenied : NtStatus.Success;
        }
    }

    internal void Rename(DriverNode node, string newName)
    {
        lock (_lock)
        {
            if (_nodes.TryGetValue(newName, out DriverNode? replaced) && replaced != node)
            {
                replaced.Unlinked = true;
            }

            Remove(node);
            node.Name = newName;
            _nodes[newName] = node;
        }
    }

    internal string NameOf(DriverNode node)
    {
        lock (_lock)
        {
            return node.Name;
        }
    }

    private static bool Share(DriverFile wanted, DriverFile held) =>
        Allows(held.Share, wanted.SharedAccess) && Allows(wanted.Share, held.SharedAccess);

    private static bool Allows(ShareAccess share, ShareAccess access) => (access & ~share) == 0;

    private void Remove(DriverNode node)
    {
        if (_nodes.TryGetValue(node.Name, out DriverNode? found) && found == node)
        {
            _nodes.Remove(node.Name);
        }
    }

    private bool IsBelow(string name, string directory) =>
        name.Length > directory.Length && name[directory.Length] == '\\' && name.StartsWith(directory, _comparison);
}
