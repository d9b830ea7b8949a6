namespace BackupFs.Storage.Objects;

/// <summary>Builds the nodes of a backup from what is stored of it. Not thread-safe; used once.</summary>
/// <param name="time">Of directories that nothing is known about.</param>
internal sealed class TreeBuilder(Timestamp time)
{
    private const int DirectoryMode = 0x1ED;
    private const int FileMode = 0x1A4;

    private ulong _lastFileId;

    /// <summary>The root.</summary>
    internal TreeNode Root { get; private set; } = null!;

    /// <summary>The greatest file id given.</summary>
    internal ulong LastFileId => _lastFileId;

    /// <summary>The tree of a complete backup.</summary>
    internal static TreeNode FromManifest(BackupManifest manifest, string prefix)
    {
        var builder = new TreeBuilder(manifest.Ended);
        var nodes = new Dictionary<string, TreeNode>(manifest.Entries.Count, StringComparer.Ordinal);
        foreach (var entry in manifest.Entries)
        {
            if (entry.HardLinkTo is { } first && nodes.TryGetValue(first, out var same))
            {
                same.Names++;
                builder.Add(nodes, entry.Path, same);
                continue;
            }

            var content = entry.Type == EntryType.File
                ? new StoredContent(new StoredObject(prefix + entry.Path, entry.Size, null), entry.Checksums)
                : null;
            var node = builder.NewNode(
                entry.Type, entry.Mode, entry.UserId, entry.GroupId, entry.Device, entry.Target, entry.ModifyTime, content);
            foreach (var (name, value) in entry.ExtendedAttributes ?? new Dictionary<string, byte[]>())
            {
                node.Attributes[name] = value;
            }

            builder.Add(nodes, entry.Path, node);
        }

        return builder.Root;
    }

    /// <summary>The tree of objects of which nothing else is known; keys that cannot be shown are left out.</summary>
    internal TreeNode FromObjects(IEnumerable<ObjectInfo> objects, string prefix)
    {
        Start();
        foreach (var info in objects)
        {
            AddObject(info, info.Key[prefix.Length..], (stored, _) => new StoredContent(stored, null));
        }

        return Root;
    }

    /// <summary>An empty root.</summary>
    internal TreeNode Start() => Root = NewNode(EntryType.Directory, DirectoryMode, 0, 0, 0, null, time, null);

    /// <summary>Adds an object as a plain file, with the directories it lies in; null if its name cannot be shown or is taken.</summary>
    internal TreeNode? AddObject(ObjectInfo info, string path, Func<StoredObject, string, INodeContent> makeContent)
    {
        if (path == BackupManifest.FileName || BackupPath.Check(path) is not null)
        {
            return null;
        }

        var parent = Root;
        var segments = path.Split('/');
        foreach (var segment in segments[..^1])
        {
            if (!parent.Children.TryGetValue(segment, out var child))
            {
                child = NewNode(EntryType.Directory, DirectoryMode, 0, 0, 0, null, time, null);
                Link(parent, segment, child);
            }

            if (!child.IsDirectory)
            {
                return null;
            }

            parent = child;
        }

        if (parent.Children.ContainsKey(segments[^1]))
        {
            return null;
        }

        var content = makeContent(new StoredObject(info.Key, info.Size, info.Tag), path);
        var node = NewNode(EntryType.File, FileMode, 0, 0, 0, null, info.Modified, content);
        Link(parent, segments[^1], node);
        return node;
    }

    /// <summary>A node with one name.</summary>
    internal TreeNode NewNode(
        EntryType type, int mode, uint userId, uint groupId, uint device, byte[]? target, Timestamp modified, INodeContent? content) => new()
        {
            Type = type,
            FileId = ++_lastFileId,
            Mode = mode,
            UserId = userId,
            GroupId = groupId,
            Device = device,
            Target = target,
            Names = 1,
            AccessTime = modified,
            ModifyTime = modified,
            ChangeTime = modified,
            BirthTime = modified,
            Content = content,
        };

    /// <summary>Gives a node a path whose parent was added before; the first node is the root.</summary>
    internal void Add(Dictionary<string, TreeNode> nodes, string path, TreeNode node)
    {
        if (path.Length == 0)
        {
            Root = node;
        }
        else
        {
            Link(nodes[BackupPath.Parent(path)], BackupPath.LastSegment(path), node);
        }

        nodes[path] = node;
    }

    private static void Link(TreeNode parent, string name, TreeNode node)
    {
        parent.Children.Add(name, node);
        if (node.Parent is null)
        {
            (node.Parent, node.Name) = (parent, name);
        }
    }
}
