using BackupFs.FileSystem;

namespace BackupFs.Mount.Windows;

/// <summary>
/// Finds names in another spelling than they are stored in. Remembers the names of the directories used last, because each
/// file that is made is looked for first: without that, a directory would be listed for each file in it. Thread-safe.
/// </summary>
internal sealed class NameIndex(BackupFileSystem fileSystem, TimeProvider time) : IDisposable
{
    private const int MostDirectories = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, DirectoryNames> _directories = [];
    private long _uses;

    /// <summary>The stored names in a directory that are shown so in whatever spelling.</summary>
    public async ValueTask<FsResult<string[]>> FindAsync(Inode directory, string shown, CancellationToken cancellationToken)
    {
        DirectoryNames? names;
        lock (_lock)
        {
            if (_directories.TryGetValue(directory.Number, out names) && names.IsFilled && IsFresh(directory, names))
            {
                names.LastUse = ++_uses;
                return names.Find(shown);
            }
        }

        var opened = fileSystem.Opendir(directory);
        if (!opened.IsOk)
        {
            return opened.Error == FsError.NotADirectory ? Array.Empty<string>() : opened.Error;
        }

        // Known before it is read, so that it hears of what changes meanwhile.
        names = new DirectoryNames(opened.Value, time.GetTimestamp());
        lock (_lock)
        {
            Put(directory, names);
        }

        var listed = await fileSystem.ReaddirAsync(opened.Value, fromStart: true, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            if (!listed.IsOk)
            {
                Forget(directory.Number, names);
                return listed.Error;
            }

            names.Fill(listed.Value);
            return names.Find(shown);
        }
    }

    /// <summary>Something was made, or is gone.</summary>
    public void Changed(Inode directory, string stored, bool isThere)
    {
        lock (_lock)
        {
            if (_directories.TryGetValue(directory.Number, out var names))
            {
                names.Changed(stored, isThere);
            }
        }
    }

    /// <summary>What is known of a directory is no longer true.</summary>
    public void Forget(ulong directory)
    {
        lock (_lock)
        {
            if (_directories.TryGetValue(directory, out var names))
            {
                Forget(directory, names);
            }
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var (number, names) in _directories.ToArray())
            {
                Forget(number, names);
            }
        }
    }

    // What only this mount changes lives long; directories above the backups, and foreign backups, others may change.
    private bool IsFresh(Inode directory, DirectoryNames names) => time.GetElapsedTime(names.Read) < directory.AttributeLifetime;

    private void Put(Inode directory, DirectoryNames names)
    {
        names.LastUse = ++_uses;
        if (_directories.TryGetValue(directory.Number, out var before))
        {
            Forget(directory.Number, before);
        }
        else if (_directories.Count == MostDirectories)
        {
            var (number, oldest) = _directories.MinBy(each => each.Value.LastUse);
            Forget(number, oldest);
        }

        _directories.Add(directory.Number, names);
    }

    private void Forget(ulong number, DirectoryNames names)
    {
        if (_directories.TryGetValue(number, out var known) && known == names)
        {
            _directories.Remove(number);
            fileSystem.Releasedir(names.Directory);
        }
    }
}
