namespace BackupFs.Storage.Objects;

/// <summary>
/// The files of a tree, but for empty ones, in an order in which programs read trees, each with its place. Made of a tree that does not change.
/// Immutable, thread-safe.
/// </summary>
internal sealed class FileOrder
{
    private readonly List<TreeNode> _files = [];

    // By file id, plus one; 0 for what has no place.
    private int[] _places = [];

    private FileOrder()
    {
    }

    /// <summary>How many files there are.</summary>
    internal int Count => _files.Count;

    /// <summary>The file at a place, 0..<see cref="Count"/>-1.</summary>
    internal TreeNode this[int place] => _files[place];

    /// <summary>The place of a file of the tree that is not empty.</summary>
    internal int PlaceOf(TreeNode file) => _places[file.FileId] - 1;

    /// <summary>
    /// Directories where their names are, as tar (order of the listing) and cp (order of inode numbers, which is the same) read.
    /// </summary>
    internal static FileOrder DepthFirst(TreeNode root)
    {
        // No recursion: a deep path must not become a deep stack.
        var order = new FileOrder();
        var open = new Stack<IEnumerator<TreeNode>>();
        open.Push(root.Children.Values.GetEnumerator());
        while (open.TryPeek(out var children))
        {
            if (!children.MoveNext())
            {
                children.Dispose();
                open.Pop();
            }
            else if (children.Current.IsDirectory)
            {
                open.Push(children.Current.Children.Values.GetEnumerator());
            }
            else
            {
                order.Add(children.Current);
            }
        }

        return order;
    }

    /// <summary>The files of a directory before what is in its directories, as rsync reads.</summary>
    internal static FileOrder FilesFirst(TreeNode root)
    {
        var order = new FileOrder();
        var directories = new Stack<TreeNode>([root]);
        while (directories.TryPop(out var directory))
        {
            foreach (var child in directory.Children.Values)
            {
                order.Add(child);
            }

            foreach (var child in directory.Children.Values.Reverse())
            {
                if (child.IsDirectory)
                {
                    directories.Push(child);
                }
            }
        }

        return order;
    }

    /// <summary>Empty files are never read; a file with several names has the place of the first.</summary>
    private void Add(TreeNode node)
    {
        if (node.Content is not { Size: > 0 })
        {
            return;
        }

        if (node.FileId >= (ulong)_places.Length)
        {
            Array.Resize(ref _places, (int)Math.Max(node.FileId + 1, (ulong)_places.Length * 2));
        }

        if (_places[node.FileId] == 0)
        {
            _files.Add(node);
            _places[node.FileId] = _files.Count;
        }
    }
}
