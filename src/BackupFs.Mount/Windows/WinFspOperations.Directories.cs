using BackupFs.FileSystem;
using BackupFs.WinFsp;

namespace BackupFs.Mount.Windows;

/// <content>Listing directories.</content>
internal sealed partial class WinFspOperations
{
    public async ValueTask<WinFspResult<WinFspDirectoryEntry[]>> ReadDirectory(WinFspHandle handle, string? pattern)
    {
        var inode = ((VolumeHandle)handle).Inode;
        var opened = _fileSystem.Opendir(inode);
        if (!opened.IsOk)
        {
            return NtStatusMap.From(opened.Error);
        }

        try
        {
            var listed = await _fileSystem.ReaddirAsync(opened.Value, fromStart: true, _waiting.Token).ConfigureAwait(false);
            return listed.IsOk ? await EntriesAsync(inode, listed.Value).ConfigureAwait(false) : NtStatusMap.From(listed.Error);
        }
        finally
        {
            _fileSystem.Releasedir(opened.Value);
        }
    }

    public async ValueTask<WinFspResult<WinFspDirectoryEntry>> GetDirInfoByName(WinFspHandle directory, string name)
    {
        var found = await _walker.SearchAsync(((VolumeHandle)directory).Inode, name, _waiting.Token).ConfigureAwait(false);
        if (!found.IsOk)
        {
            return NtStatusMap.From(found.Error);
        }

        var (entry, stored) = found.Value;
        _fileSystem.Forget(entry.Inode, 1);
        return new WinFspDirectoryEntry(ShownName.Of(stored), FileFacts.From(entry.Attributes));
    }

    private async ValueTask<WinFspDirectoryEntry[]> EntriesAsync(Inode directory, IReadOnlyList<ListedName> names)
    {
        var entries = new List<WinFspDirectoryEntry>(names.Count + 2);
        if (directory != _fileSystem.Inodes.Root)
        {
            var own = await _fileSystem.GetAttributesAsync(directory, null, _waiting.Token).ConfigureAwait(false);
            var info = own.IsOk ? FileFacts.From(own.Value) : FileFacts.UnknownDirectory(directory.Number);
            entries.Add(new WinFspDirectoryEntry(".", info));
            entries.Add(new WinFspDirectoryEntry("..", info));
        }

        foreach (var name in names)
        {
            if (await InfoOfAsync(directory, name).ConfigureAwait(false) is { } info)
            {
                entries.Add(new WinFspDirectoryEntry(ShownName.Of(name.Name), info));
            }
        }

        return [.. entries];
    }

    /// <summary>
    /// What a listed name is; null when it has vanished since. Of backups that a storage far away keeps, only that they are
    /// directories: ten thousand must not cost ten thousand requests.
    /// </summary>
    private async ValueTask<WinFspFileInfo?> InfoOfAsync(Inode directory, ListedName name)
    {
        var isDear = _fileSystem.MayWait && directory is DirectoryInode;
        var found = isDear
            ? _fileSystem.LookupKnown((DirectoryInode)directory, name.Name)
            : await _fileSystem.LookupAsync(directory, name.Name, _waiting.Token).ConfigureAwait(false);
        if (!found.IsOk)
        {
            return isDear ? FileFacts.UnknownDirectory(name.FileId) : null;
        }

        _fileSystem.Forget(found.Value.Inode, 1);
        return FileFacts.From(found.Value.Attributes);
    }
}
