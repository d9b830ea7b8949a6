using System.Text;

namespace BackupFs.Fuse.Tests.Memory;

/// <summary>
/// A small file system in memory behind <see cref="IFuseOperations"/>, with one lock. Virtual members let a test
/// misbehave in one operation.
/// </summary>
internal partial class MemoryFileSystem : IFuseOperations
{
    protected static readonly TimeSpan Valid = TimeSpan.FromSeconds(60);
    private readonly Dictionary<ulong, MemoryNode> _nodes = [];
    private ulong _nextNode = 2;

    internal MemoryFileSystem()
    {
        _nodes[1] = new MemoryNode(1, MemoryNode.Directory | 0x1ff)
        {
            Links = 2,
            UserId = Account.UserId,
            GroupId = Account.GroupId,
        };
    }

    internal object Gate { get; } = new();

    internal FuseConnectionInfo? Connection { get; private set; }

    internal bool Destroyed { get; private set; }

    internal MemoryNode Root => _nodes[1];

    internal int NodeCount
    {
        get
        {
            lock (Gate)
            {
                return _nodes.Count;
            }
        }
    }

    internal long LookupCount
    {
        get
        {
            lock (Gate)
            {
                return _nodes.Values.Where(node => node.Id != 1).Sum(node => node.Lookups);
            }
        }
    }

    internal int OpenCount
    {
        get
        {
            lock (Gate)
            {
                return _nodes.Values.Sum(node => node.Opens);
            }
        }
    }

    internal static FuseTime Now()
    {
        long ticks = DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks;
        return new FuseTime(ticks / TimeSpan.TicksPerSecond, (uint)(ticks % TimeSpan.TicksPerSecond * 100));
    }

    public void Init(FuseConnectionInfo connection) => Connection = connection;

    public void Destroy() => Destroyed = true;

    public void Forget(ulong node, ulong count)
    {
        lock (Gate)
        {
            if (_nodes.TryGetValue(node, out MemoryNode? found))
            {
                found.Lookups -= (long)count;
                Reap(found);
            }
        }
    }

    protected static string Text(ReadOnlySpan<byte> name) => Encoding.Latin1.GetString(name);

    protected MemoryNode? Find(ulong id) => _nodes.GetValueOrDefault(id);

    protected MemoryNode Add(uint mode, FuseRequest request)
    {
        var node = new MemoryNode(_nextNode++, mode) { UserId = request.UserId, GroupId = request.GroupId };
        _nodes[node.Id] = node;
        return node;
    }

    protected static FuseEntry Entry(MemoryNode node)
    {
        node.Lookups++;
        return new FuseEntry
        {
            Node = node.Id,
            Generation = 1,
            EntryTimeout = Valid,
            AttributesTimeout = Valid,
            Attributes = node.Attributes,
        };
    }

    protected void Undo(bool delivered, MemoryNode node)
    {
        if (!delivered)
        {
            lock (Gate)
            {
                node.Lookups--;
                Reap(node);
            }
        }
    }

    // Without names, lookups and opens nobody can reach it.
    private void Reap(MemoryNode node)
    {
        if (node.Id != 1 && node.Links == 0 && node.Lookups <= 0 && node.Opens == 0)
        {
            _nodes.Remove(node.Id);
        }
    }
}
