using System.Diagnostics.CodeAnalysis;

namespace BackupFs.Storage;

/// <summary>
/// The names in a directory of a <see cref="NodeTree"/>. Knows how many of them are directories, which every stat(2) of a directory
/// tells. Not thread-safe: the tree's lock guards it.
/// </summary>
public sealed class ChildTable
{
    private readonly Dictionary<string, TreeNode> _nodes = new(StringComparer.Ordinal);

    /// <summary>How many names there are.</summary>
    public int Count => _nodes.Count;

    /// <summary>How many of them are directories.</summary>
    public uint Directories { get; private set; }

    /// <summary>What the names stand for, in the order in which they were added as long as none is removed.</summary>
    public Dictionary<string, TreeNode>.ValueCollection Values => _nodes.Values;

    /// <summary>Adds a name that is free.</summary>
    /// <exception cref="ArgumentException">It is taken.</exception>
    public void Add(string name, TreeNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        _nodes.Add(name, node);
        Directories += node.IsDirectory ? 1u : 0;
    }

    /// <summary>Removes a name if it is there.</summary>
    public void Remove(string name)
    {
        if (_nodes.Remove(name, out var node))
        {
            Directories -= node.IsDirectory ? 1u : 0;
        }
    }

    /// <summary>Whether there is such a name.</summary>
    public bool ContainsKey(string name) => _nodes.ContainsKey(name);

    /// <summary>What a name stands for; false if there is no such name.</summary>
    public bool TryGetValue(string name, [MaybeNullWhen(false)] out TreeNode node) => _nodes.TryGetValue(name, out node);

    /// <summary>The names as a listing has them.</summary>
    public DirectoryEntry[] List() => [.. _nodes.Select(child => new DirectoryEntry(child.Key, child.Value.Type, child.Value.FileId))];

    /// <summary>For <c>foreach</c>, without allocating.</summary>
    public Dictionary<string, TreeNode>.Enumerator GetEnumerator() => _nodes.GetEnumerator();
}
