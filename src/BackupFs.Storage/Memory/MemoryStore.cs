namespace BackupFs.Storage;

/// <summary>
/// The contents that several <see cref="MemoryStorage"/> instances ("hosts" or processes) share. Thread-safe.
/// </summary>
public sealed class MemoryStore
{
    private ulong _lastFileId;

    /// <summary>An empty store.</summary>
    /// <param name="timeProvider">The clock of all times; null for the system's.</param>
    /// <param name="realDirectories">Whether directories above the backups exist by themselves, as on a file system, or not, as on object storage.</param>
    public MemoryStore(TimeProvider? timeProvider = null, bool realDirectories = true)
    {
        TimeProvider = timeProvider ?? TimeProvider.System;
        RealDirectories = realDirectories;
        Directories.Add("", NewNode(EntryType.Directory, 0x1ED));
    }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; }

    /// <summary>Whether directories above the backups exist by themselves.</summary>
    public bool RealDirectories { get; }

    internal Lock Gate { get; } = new();

    internal SortedDictionary<string, TreeNode> Directories { get; } = new(StringComparer.Ordinal);

    internal Dictionary<(string Directory, string Name), MemoryBackup> Backups { get; } = [];

    internal Timestamp Now => Timestamp.From(TimeProvider.GetUtcNow());

    /// <summary>Puts files there as something else than BackupFs would: without a manifest of ours.</summary>
    /// <param name="directory">The backup's directory, made if it is missing.</param>
    /// <param name="name">The backup's name, which must be free.</param>
    /// <param name="files">Content by path; parent directories are made.</param>
    public void PlantForeign(string directory, string name, IReadOnlyDictionary<string, byte[]> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        BackupPath.RequireBackup(directory, name);
        lock (Gate)
        {
            var backup = new MemoryBackup
            {
                Directory = directory,
                Name = name,
                Root = NewNode(EntryType.Directory, 0x1ED),
                StartTime = Now,
                IsForeign = true,
            };
            foreach (var (path, content) in files)
            {
                Plant(backup.Root, path, content);
            }

            MakeDirectories(directory);
            Backups.Add((directory, name), backup);
        }
    }

    /// <summary>Flips the bits <paramref name="mask"/> of one stored byte, as a bad disk would; of the manifest too.</summary>
    /// <exception cref="StorageException">NotFound: there is no such file or offset.</exception>
    public void Tamper(string directory, string name, string path, long offset, byte mask = 1)
    {
        lock (Gate)
        {
            var backup = Backups.GetValueOrDefault((directory, name)) ?? throw StorageError.NotFound.ToException();
            if (path == BackupManifest.FileName && backup.Manifest is { } manifest && offset < manifest.Length)
            {
                // A copy: handles that have read the old bytes keep them.
                backup.Manifest = (byte[])manifest.Clone();
                backup.Manifest[offset] ^= mask;
                return;
            }

            var content = backup.Walk().Find(entry => entry.Path == path).Node?.Content as MemoryContent ?? throw StorageError.NotFound.ToException();
            Span<byte> one = stackalloc byte[1];
            if (content.Read(one, offset) == 0)
            {
                throw StorageError.NotFound.ToException();
            }

            one[0] ^= mask;
            content.Write(one, offset);
        }
    }

    internal TreeNode NewNode(EntryType type, int mode, uint userId = 0, uint groupId = 0, uint device = 0, byte[]? target = null)
    {
        var now = Now;
        return new TreeNode
        {
            Type = type,
            FileId = ++_lastFileId,
            Mode = mode & 0xFFF,
            UserId = userId,
            GroupId = groupId,
            Device = device,
            Target = target,
            Content = type == EntryType.File ? new MemoryContent() : null,
            Names = 1,
            AccessTime = now,
            ModifyTime = now,
            ChangeTime = now,
            BirthTime = now,
        };
    }

    /// <summary>Makes a directory above the backups and its parents.</summary>
    internal void MakeDirectories(string directory)
    {
        for (var path = directory; !Directories.ContainsKey(path); path = BackupPath.Parent(path))
        {
            Directories.Add(path, NewNode(EntryType.Directory, 0x1ED));
        }
    }

    /// <summary>The backup that <paramref name="directory"/> is or lies in.</summary>
    internal MemoryBackup? BackupAround(string directory)
    {
        for (var path = directory; path.Length > 0; path = BackupPath.Parent(path))
        {
            if (Backups.TryGetValue((BackupPath.Parent(path), BackupPath.LastSegment(path)), out var backup))
            {
                return backup;
            }
        }

        return null;
    }

    private void Plant(TreeNode root, string path, byte[] content)
    {
        if (BackupPath.Check(path) is { } error)
        {
            throw error.ToException();
        }

        var parent = root;
        var segments = path.Split('/');
        foreach (var segment in segments[..^1])
        {
            if (!parent.Children.TryGetValue(segment, out var child))
            {
                parent.Children.Add(segment, child = NewNode(EntryType.Directory, 0x1ED));
            }

            parent = child;
        }

        var file = NewNode(EntryType.File, 0x1A4);
        MemoryContent.Of(file).Write(content, 0);
        parent.Children.Add(segments[^1], file);
    }
}
