using BackupFs.FileSystem;

namespace BackupFs.Mount.Windows;

/// <summary>The stored names of one directory by how they are shown in any spelling. Guarded by the <see cref="NameIndex"/>.</summary>
internal sealed class DirectoryNames(OpenDirectory directory, long read)
{
    private readonly Dictionary<string, string[]> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Name, bool IsThere)> _changes = [];

    /// <summary>The directory, which is kept open.</summary>
    public OpenDirectory Directory { get; } = directory;

    /// <summary>When it was asked for: a timestamp of the clock.</summary>
    public long Read { get; } = read;

    /// <summary>Whether its names are known.</summary>
    public bool IsFilled { get; private set; }

    /// <summary>When it was last used, in uses of the index.</summary>
    public long LastUse { get; set; }

    /// <summary>The stored names that are shown so, in whatever spelling.</summary>
    public string[] Find(string shown) => _names.GetValueOrDefault(shown, []);

    /// <summary>What was read of the directory, with what has changed meanwhile.</summary>
    public void Fill(IReadOnlyList<ListedName> listed)
    {
        foreach (var name in listed)
        {
            Set(name.Name, isThere: true);
        }

        _changes.ForEach(change => Set(change.Name, change.IsThere));
        _changes.Clear();
        IsFilled = true;
    }

    /// <summary>A name has come to be, or is gone.</summary>
    public void Changed(string name, bool isThere)
    {
        if (IsFilled)
        {
            Set(name, isThere);
        }
        else
        {
            _changes.Add((name, isThere));
        }
    }

    private void Set(string stored, bool isThere)
    {
        var shown = ShownName.Of(stored);
        var others = Find(shown).Where(other => other != stored);
        string[] now = isThere ? [.. others, stored] : [.. others];
        if (now.Length == 0)
        {
            _names.Remove(shown);
        }
        else
        {
            _names[shown] = now;
        }
    }
}
