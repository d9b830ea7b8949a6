using System.Collections.Concurrent;
using BackupFs.WinFsp.Security;

namespace BackupFs.WinFsp.Tests.Memory;

/// <summary>
/// A file system in memory that ignores case, as a file system for Windows does. Keeps what was called; <see cref="Before"/> lets a test
/// delay or fail any operation.
/// </summary>
internal sealed partial class MemoryOperations : IWinFspOperations
{
    public const uint Rot13 = 0xCD522000; // device type 0x8000 + 'M' … METHOD_BUFFERED

    private readonly object _lock = new();
    private readonly SortedDictionary<string, MemoryNode> _nodes = new(StringComparer.OrdinalIgnoreCase);
    private ulong _lastNumber = 1;
    private string _label = "memory";

    public MemoryOperations()
    {
        byte[] security = SecurityDescriptor.Build(
            Sid.Administrators, Sid.Administrators, [new AccessEntry(true, Sid.Everyone, FileAccessRights.All)]);
        _nodes.Add("\\", new MemoryNode("\\", FileAttributes.Directory, 1, security));
    }

    /// <summary>Runs before an operation, with its name; may wait and may throw.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>What an operation answers instead of doing anything, by its name.</summary>
    public ConcurrentDictionary<string, NtStatus> Refuse { get; } = new();

    /// <summary>Operations called, in order, with what matters of their arguments.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    public WinFspCreateRequest LastCreate { get; private set; }

    public uint LastRenameProcess { get; private set; }

    public string? LastPattern { get; private set; }

    /// <summary>The driver's memory of the last write, which is kept against the rules.</summary>
    public ReadOnlyMemory<byte> LastData { get; private set; }

    public int Stops { get; private set; }

    public WinFspEnding? Ending { get; private set; }

    /// <summary>Whether opens answer the name as it was created.</summary>
    public bool NormalizesNames { get; init; } = true;

    public ValueTask<WinFspResult<WinFspVolumeInfo>> GetVolumeInfo() =>
        Run<WinFspVolumeInfo>("GetVolumeInfo", () => new WinFspVolumeInfo(1000, 400, _label));

    public ValueTask<WinFspResult<WinFspVolumeInfo>> SetVolumeLabel(string label) => Run<WinFspVolumeInfo>("SetVolumeLabel", () =>
    {
        _label = label;
        return new WinFspVolumeInfo(1000, 400, _label);
    });

    public ValueTask<WinFspResult<WinFspFileSecurity>> GetSecurityByName(string name) => Run<WinFspFileSecurity>("GetSecurityByName", () =>
        _nodes.TryGetValue(name, out MemoryNode? node) ? new WinFspFileSecurity(node.Attributes, node.Security) : Missing(name));

    public ValueTask<WinFspResult<WinFspOpened>> Create(string name, WinFspCreateRequest request) => Run<WinFspOpened>($"Create {name}", () =>
    {
        LastCreate = request;
        if (_nodes.ContainsKey(name))
        {
            return NtStatus.ObjectNameCollision;
        }

        if (!_nodes.TryGetValue(ParentOf(name), out MemoryNode? parent))
        {
            return NtStatus.ObjectPathNotFound;
        }

        string stored = parent.Name.TrimEnd('\\') + name[name.LastIndexOf('\\')..];
        byte[] security = request.SecurityDescriptor.IsEmpty ? parent.Security : request.SecurityDescriptor.ToArray();
        FileAttributes archive = request.IsDirectory ? FileAttributes.None : FileAttributes.Archive;
        var node = new MemoryNode(stored, request.Attributes | archive, ++_lastNumber, security) { AllocationSize = request.AllocationSize };
        Set(node, request.ExtendedAttributes);
        _nodes.Add(stored, node);
        return Opened(node);
    });

    public ValueTask<WinFspResult<WinFspOpened>> Open(string name, WinFspOpenRequest request) => Run<WinFspOpened>(
        $"Open {name}", () => _nodes.TryGetValue(name, out MemoryNode? node) ? Opened(node) : Missing(name));

    public ValueTask Cleanup(WinFspHandle handle, string? name, CleanupFlags flags) => Do($"Cleanup {name}:{flags}", () =>
    {
        MemoryNode node = NodeOf(handle);
        if ((flags & CleanupFlags.Delete) != 0 && !HasChildren(node))
        {
            _nodes.Remove(node.Name);
        }
    });

    public ValueTask Close(WinFspHandle handle) => Do("Close", () => { });

    public ValueTask<NtStatus> SetDelete(WinFspHandle handle, string name, bool delete) => Status($"SetDelete {name}:{delete}", () =>
        delete && HasChildren(NodeOf(handle)) ? NtStatus.DirectoryNotEmpty : NtStatus.Success);

    public ValueTask<NtStatus> Rename(WinFspHandle handle, string name, string newName, bool replaceIfExists, uint processId) =>
        Status($"Rename {name} {newName}", () =>
        {
            LastRenameProcess = processId;
            MemoryNode node = NodeOf(handle);
            if (_nodes.TryGetValue(newName, out MemoryNode? other) && other != node)
            {
                if (!replaceIfExists)
                {
                    return NtStatus.ObjectNameCollision;
                }

                if (other.IsDirectory)
                {
                    return NtStatus.AccessDenied;
                }

                _nodes.Remove(newName);
            }

            string oldName = node.Name;
            foreach (MemoryNode moved in _nodes.Values.Where(candidate => candidate == node || IsBelow(candidate, node)).ToList())
            {
                _nodes.Remove(moved.Name);
                moved.Name = newName + moved.Name[oldName.Length..];
                _nodes.Add(moved.Name, moved);
            }

            return NtStatus.Success;
        });

    public ValueTask<WinFspResult<WinFspDirectoryEntry[]>> ReadDirectory(WinFspHandle handle, string? pattern) =>
        Run<WinFspDirectoryEntry[]>("ReadDirectory", () =>
        {
            LastPattern = pattern;
            MemoryNode directory = NodeOf(handle);
            IEnumerable<WinFspDirectoryEntry> entries = Children(directory)
                .Select(child => new WinFspDirectoryEntry(child.Name[(child.Name.LastIndexOf('\\') + 1)..], child.Info))
                .Reverse(); // the binding is to sort
            if (directory.Name != "\\")
            {
                entries = entries
                    .Append(new WinFspDirectoryEntry("..", _nodes[ParentOf(directory.Name)].Info))
                    .Append(new WinFspDirectoryEntry(".", directory.Info));
            }

            return entries.ToArray();
        });

    public ValueTask<WinFspResult<WinFspDirectoryEntry>> GetDirInfoByName(WinFspHandle directory, string name) =>
        Run<WinFspDirectoryEntry>("GetDirInfoByName", () =>
            _nodes.TryGetValue(NodeOf(directory).Name.TrimEnd('\\') + "\\" + name, out MemoryNode? node)
                ? new WinFspDirectoryEntry(node.Name[(node.Name.LastIndexOf('\\') + 1)..], node.Info)
                : NtStatus.ObjectNameNotFound);

    public ValueTask<WinFspResult<ReadOnlyMemory<byte>>> GetSecurity(WinFspHandle handle) =>
        Run<ReadOnlyMemory<byte>>("GetSecurity", () => (ReadOnlyMemory<byte>)NodeOf(handle).Security);

    public ValueTask<NtStatus> SetSecurity(WinFspHandle handle, SecurityInformation parts, ReadOnlyMemory<byte> descriptor) =>
        Status($"SetSecurity {parts}", () =>
        {
            NodeOf(handle).Security = descriptor.ToArray();
            return NtStatus.Success;
        });

    public void Stopped(WinFspEnding ending)
    {
        Stops++;
        Ending = ending;
    }

    private async ValueTask<WinFspResult<T>> Run<T>(string call, Func<WinFspResult<T>> operation)
    {
        string name = call.Split(' ')[0];
        Calls.Enqueue(call);
        await Before(name);
        if (Refuse.TryGetValue(name, out NtStatus status))
        {
            return status;
        }

        lock (_lock)
        {
            return operation();
        }
    }

    private async ValueTask<NtStatus> Status(string call, Func<NtStatus> operation)
    {
        NtStatus answer = NtStatus.Success;
        WinFspResult<bool> result = await Run<bool>(call, () =>
        {
            answer = operation();
            return true;
        });
        return result.Status.IsSuccess() ? answer : result.Status;
    }

    private async ValueTask Do(string call, Action operation) => await Status(call, () =>
    {
        operation();
        return NtStatus.Success;
    });

    private static MemoryNode NodeOf(WinFspHandle handle) => ((MemoryHandle)handle).Node;

    private static string ParentOf(string name)
    {
        int slash = name.LastIndexOf('\\');
        return slash <= 0 ? "\\" : name[..slash];
    }

    private static bool IsBelow(MemoryNode node, MemoryNode directory) =>
        node.Name.StartsWith(directory.Name.TrimEnd('\\') + "\\", StringComparison.OrdinalIgnoreCase) && node != directory;

    private WinFspOpened Opened(MemoryNode node) => new(new MemoryHandle(node), node.Info, NormalizesNames ? node.Name : null);

    private IEnumerable<MemoryNode> Children(MemoryNode directory) => _nodes.Values.Where(
        node => node != directory && ParentOf(node.Name).Equals(directory.Name, StringComparison.OrdinalIgnoreCase));

    private bool HasChildren(MemoryNode directory) => Children(directory).Any();

    private NtStatus Missing(string name) =>
        _nodes.ContainsKey(ParentOf(name)) ? NtStatus.ObjectNameNotFound : NtStatus.ObjectPathNotFound;
}
