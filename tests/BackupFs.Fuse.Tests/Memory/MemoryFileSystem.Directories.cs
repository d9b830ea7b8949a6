using System.Text;

namespace BackupFs.Fuse.Tests.Memory;

/// <content>Open directories.</content>
internal partial class MemoryFileSystem
{
    public virtual void Opendir(FuseRequest request, ulong node, int flags) => request.ReplyOpened(node);

    public void Readdir(FuseRequest request, ulong node, ulong handle, long offset, int size)
    {
        DirectoryWriter writer = request.CreateDirectoryWriter();
        foreach ((string name, MemoryNode child, long next) in Children(node, offset))
        {
            if (!writer.TryAdd(Encoding.Latin1.GetBytes(name), child.Id, next, (DirectoryEntryType)(child.Mode >> 12)))
            {
                break;
            }
        }

        request.ReplyDirectory(in writer);
    }

    public void Readdirplus(FuseRequest request, ulong node, ulong handle, long offset, int size)
    {
        DirectoryWriter writer = request.CreateDirectoryWriter();
        var added = new List<MemoryNode>();
        foreach ((string name, MemoryNode child, long next) in Children(node, offset))
        {
            bool dots = name is "." or "..";
            FuseEntry entry;
            lock (Gate)
            {
                entry = dots ? new FuseEntry { Attributes = child.Attributes } : Entry(child);
            }

            bool fits = writer.TryAddPlus(Encoding.Latin1.GetBytes(name), next, in entry);
            if (!fits)
            {
                Undo(dots, child);
                break;
            }

            if (!dots)
            {
                added.Add(child);
            }
        }

        bool delivered = request.ReplyDirectory(in writer);
        added.ForEach(child => Undo(delivered, child));
    }

    public void Releasedir(FuseRequest request, ulong node, ulong handle) => request.ReplyOk();

    public void Fsyncdir(FuseRequest request, ulong node, ulong handle, bool dataOnly) => request.ReplyOk();

    private List<(string Name, MemoryNode Node, long Next)> Children(ulong node, long offset)
    {
        lock (Gate)
        {
            MemoryNode directory = Find(node)!;
            var all = new List<(string, MemoryNode, long)> { (".", directory, 1), ("..", directory, 2) };
            long next = 2;
            all.AddRange(directory.Children.Select(child => (child.Key, child.Value, ++next)));
            return [.. all.Skip((int)offset)];
        }
    }
}
