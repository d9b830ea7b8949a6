namespace BackupFs.FileSystem.Tests.Model;

/// <summary>A backup as simple as it can be: what each operation does and answers, by Linux's rules.</summary>
internal sealed class ModelBackup
{
    public ModelNode Root { get; } = new(EntryType.Directory, 0x1ED);

    /// <summary>The node at a path; null if there is none.</summary>
    public ModelNode? Find(string path)
    {
        var node = Root;
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!node.Children.TryGetValue(segment, out var child))
            {
                return null;
            }

            node = child;
        }

        return node;
    }

    public IEnumerable<(string Path, ModelNode Node)> Walk() => Walk("", Root);

    /// <summary>Applies an operation whose parents exist and are directories.</summary>
    public FsError Apply(Operation operation)
    {
        var (parent, name) = ParentOf(operation.Path);
        var node = Find(operation.Path);
        switch (operation.Kind)
        {
            case OperationKind.MakeDirectory:
                return node is null ? Add(parent, name, new ModelNode(EntryType.Directory, 0x1ED)) : FsError.AlreadyExists;
            case OperationKind.MakeSymbolicLink:
                return node is null
                    ? Add(parent, name, new ModelNode(EntryType.SymbolicLink, 0x1FF) { Content = $"target {operation.Number}" })
                    : FsError.AlreadyExists;
            case OperationKind.Write:
                if (node is { IsFile: false })
                {
                    return FsError.AlreadyExists;
                }

                node ??= Added(parent, name, new ModelNode(EntryType.File, 0x1A4));
                node.Content = $"content {operation.Number}";
                return FsError.None;
            case OperationKind.Append when node is { IsFile: true }:
                node.Content += $" more {operation.Number}";
                return FsError.None;
            case OperationKind.Truncate when node is { IsFile: true }:
                node.Content = node.Content.PadRight(operation.Number, '\0')[..operation.Number];
                return FsError.None;
            case OperationKind.ChangeMode when node is { Type: not EntryType.SymbolicLink }:
                node.Mode = operation.Number;
                return FsError.None;
            case OperationKind.Link when node is not null:
                var (newParent, newName) = ParentOf(operation.Other);
                return newParent.Children.ContainsKey(newName) ? FsError.AlreadyExists
                    : node.IsDirectory ? FsError.NotPermitted
                    : Add(newParent, newName, node);
            case OperationKind.Unlink:
                return node is null ? FsError.NotFound : node.IsDirectory ? FsError.IsADirectory : Remove(parent, name);
            case OperationKind.RemoveDirectory:
                return node is null ? FsError.NotFound
                    : !node.IsDirectory ? FsError.NotADirectory
                    : node.Children.Count > 0 ? FsError.NotEmpty
                    : Remove(parent, name);
            case OperationKind.Rename or OperationKind.RenameNoReplace or OperationKind.Exchange:
                return Rename(operation, parent, name, node);
            default:
                return FsError.None;
        }
    }

    private FsError Rename(Operation operation, ModelNode parent, string name, ModelNode? node)
    {
        var (newParent, newName) = ParentOf(operation.Other);
        var target = Find(operation.Other);
        var isExchange = operation.Kind == OperationKind.Exchange;
        if (node is null)
        {
            return FsError.NotFound;
        }

        if (operation.Kind == OperationKind.RenameNoReplace && target is not null)
        {
            return FsError.AlreadyExists;
        }

        if (isExchange && target is null)
        {
            return FsError.NotFound;
        }

        if (operation.Other.StartsWith(operation.Path + "/", StringComparison.Ordinal))
        {
            return FsError.InvalidArgument;
        }

        if (operation.Path.StartsWith(operation.Other + "/", StringComparison.Ordinal))
        {
            return isExchange ? FsError.InvalidArgument : FsError.NotEmpty;
        }

        if (target == node)
        {
            return FsError.None;
        }

        if (!isExchange && target is not null)
        {
            if (node.IsDirectory != target.IsDirectory)
            {
                return node.IsDirectory ? FsError.NotADirectory : FsError.IsADirectory;
            }

            if (target.Children.Count > 0)
            {
                return FsError.NotEmpty;
            }

            Remove(newParent, newName);
        }

        parent.Children.Remove(name);
        newParent.Children[newName] = node;
        if (isExchange)
        {
            parent.Children[name] = target!;
        }

        return FsError.None;
    }

    private (ModelNode Parent, string Name) ParentOf(string path) => (Find(BackupPath.Parent(path))!, BackupPath.LastSegment(path));

    private static ModelNode Added(ModelNode parent, string name, ModelNode node)
    {
        Add(parent, name, node);
        return node;
    }

    private static FsError Add(ModelNode parent, string name, ModelNode node)
    {
        parent.Children.Add(name, node);
        node.Links++;
        node.HadLinks |= node.Links > 1;
        return FsError.None;
    }

    private static FsError Remove(ModelNode parent, string name)
    {
        parent.Children.Remove(name, out var node);
        node!.Links--;
        return FsError.None;
    }

    private static IEnumerable<(string Path, ModelNode Node)> Walk(string path, ModelNode node) =>
        node.Children.SelectMany(child => Walk(BackupPath.Join(path, child.Key), child.Value)).Prepend((path, node));
}
