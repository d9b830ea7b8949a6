using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Trees;

/// <summary>Opens the backup's root again after its descriptor was given up.</summary>
internal delegate Errno RootOpener(out Descriptor root);

/// <summary>
/// Finds the directory of a path below a backup's root, without ever leaving it. Thread-safe. Keeps descriptors of directories
/// used lately, so that an operation is one system call instead of three.
/// </summary>
/// <remarks>
/// A kept descriptor must not outlive the path it was opened by: every rename and removal calls <see cref="Forget"/>, and what
/// was being resolved meanwhile is used once, but not kept.
/// </remarks>
internal sealed class TreeDescriptors
{
    private const int MaximumKept = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Descriptor> _kept = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Descriptor>.AlternateLookup<ReadOnlySpan<char>> _keptBySpan;
    private Descriptor? _root;
    private RootOpener? _opener;
    private int _version;

    /// <summary>With an open root, which stays open until <see cref="Close"/>.</summary>
    public TreeDescriptors(Descriptor root)
        : this() => _root = root;

    /// <summary>With a root to be opened when it is needed.</summary>
    public TreeDescriptors(RootOpener opener)
        : this() => _opener = opener;

    private TreeDescriptors() => _keptBySpan = _kept.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Called, outside the lock, when the root was opened again.</summary>
    public Action<TreeDescriptors>? Opened { get; init; }

    /// <summary>From now on the root is opened by <paramref name="opener"/> after <see cref="Close"/>.</summary>
    public void Moved(RootOpener opener)
    {
        lock (_lock)
        {
            _opener = opener;
        }
    }

    /// <summary>Closes everything kept; leases in use stay valid.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _version++;
            DropKept();
            _root?.Dispose();
            _root = null;
        }
    }

    /// <summary>The directory that holds the last component of <paramref name="path"/>; for <c>""</c> the root and an empty name.</summary>
    public Errno OpenParent(string path, out DirectoryLease parent, out ReadOnlySpan<char> name)
    {
        var slash = path.LastIndexOf('/');
        name = path.AsSpan(slash + 1);
        return OpenDirectory(slash < 0 ? default : path.AsSpan(0, slash), out parent);
    }

    /// <summary>A directory; <c>""</c> is the root.</summary>
    public Errno OpenDirectory(ReadOnlySpan<char> path, out DirectoryLease directory)
    {
        directory = default;
        var opened = false;
        DirectoryLease root;
        int version;
        lock (_lock)
        {
            if (!path.IsEmpty && _keptBySpan.TryGetValue(path, out var kept))
            {
                directory = DirectoryLease.Share(kept);
                return Errno.Success;
            }

            if (_root is null)
            {
                if (_opener is null)
                {
                    return Errno.ENOENT;
                }

                if (_opener(out var descriptor) is var errno and not Errno.Success)
                {
                    return errno;
                }

                _root = descriptor;
                opened = true;
            }

            root = DirectoryLease.Share(_root);
            version = _version;
        }

        if (opened)
        {
            Opened?.Invoke(this);
        }

        if (path.IsEmpty)
        {
            directory = root;
            return Errno.Success;
        }

        using (root)
        {
            var errno = OpenCalls.OpenBeneath(root.Descriptor, path, OpenFlags.PathOnly | OpenFlags.Directory, out var descriptor);
            if (errno == Errno.Success)
            {
                directory = Keep(path, descriptor, version);
            }

            return errno;
        }
    }

    /// <summary>Drops what was opened by a path that is, or is below, <paramref name="path"/>.</summary>
    public void Forget(string path)
    {
        lock (_lock)
        {
            _version++;
            List<string>? stale = null;
            foreach (var key in _kept.Keys)
            {
                if (key.StartsWith(path, StringComparison.Ordinal) && (key.Length == path.Length || key[path.Length] == '/'))
                {
                    (stale ??= []).Add(key);
                }
            }

            foreach (var key in stale ?? [])
            {
                _kept.Remove(key, out var descriptor);
                descriptor!.Dispose();
            }
        }
    }

    private DirectoryLease Keep(ReadOnlySpan<char> path, Descriptor descriptor, int version)
    {
        lock (_lock)
        {
            if (_version != version || _kept.ContainsKey(path.ToString()))
            {
                return DirectoryLease.Own(descriptor);
            }

            if (_kept.Count == MaximumKept)
            {
                DropKept();
            }

            _kept.Add(path.ToString(), descriptor);
            return DirectoryLease.Share(descriptor);
        }
    }

    private void DropKept()
    {
        foreach (var descriptor in _kept.Values)
        {
            descriptor.Dispose();
        }

        _kept.Clear();
    }
}
