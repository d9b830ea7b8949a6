using BackupFs.FileSystem;
using BackupFs.Storage;
using BackupFs.WinFsp;

namespace BackupFs.Mount.Windows;

/// <content>Creating, opening and closing.</content>
internal sealed partial class WinFspOperations
{
    public async ValueTask<WinFspResult<WinFspFileSecurity>> GetSecurityByName(string name)
    {
        var walked = await _walker.FindAsync(name, _waiting.Token).ConfigureAwait(false);
        if (!walked.Status.IsSuccess())
        {
            return walked.Status;
        }

        var entry = walked.Value.Entry;
        _fileSystem.Forget(entry.Inode, 1);
        return new WinFspFileSecurity(FileFacts.AttributesOf(entry.Attributes), _rules.Of(entry.Attributes));
    }

    public async ValueTask<WinFspResult<WinFspOpened>> Create(string name, WinFspCreateRequest request)
    {
        if (request.ExtendedAttributes.Count > 0)
        {
            return NtStatus.EasNotSupported;
        }

        var parent = await _walker.FindParentAsync(name, _waiting.Token).ConfigureAwait(false);
        if (!parent.Status.IsSuccess())
        {
            return parent.Status;
        }

        try
        {
            return await CreateInAsync(parent.Value, request).ConfigureAwait(false);
        }
        finally
        {
            _fileSystem.Forget(parent.Value.Inode, 1);
        }
    }

    public async ValueTask<WinFspResult<WinFspOpened>> Open(string name, WinFspOpenRequest request)
    {
        var walked = await _walker.FindAsync(name, _waiting.Token).ConfigureAwait(false);
        if (!walked.Status.IsSuccess())
        {
            return walked.Status;
        }

        var opened = await OpenFoundAsync(walked.Value, request).ConfigureAwait(false);
        if (!opened.Status.IsSuccess())
        {
            _fileSystem.Forget(walked.Value.Entry.Inode, 1);
        }

        return opened;
    }

    public async ValueTask<WinFspResult<WinFspFileInfo>> Overwrite(WinFspHandle handle, WinFspOverwriteRequest request)
    {
        var open = (VolumeHandle)handle;
        if (request.ExtendedAttributes.Count > 0)
        {
            return NtStatus.EasNotSupported;
        }

        // Emptying and opening are one step, which makes a torn file good. Without a right to the content it is closed at once.
        var access = open.ContentAccess is FileAccessMode.Read or FileAccessMode.ReadWrite ? FileAccessMode.ReadWrite : FileAccessMode.Write;
        var opened = await _fileSystem.OpenAsync(open.Inode, access, truncate: true, open.Caller, _waiting.Token).ConfigureAwait(false);
        if (!opened.IsOk)
        {
            return NtStatusMap.From(opened.Error);
        }

        open.File = opened.Value;
        var attributes = await _fileSystem.GetAttributesAsync(open.Inode, open.File, CancellationToken.None).ConfigureAwait(false);
        if (attributes.IsOk
            && (request.ReplaceAttributes || (request.Attributes & FileAttributes.ReadOnly) != 0)
            && FileFacts.ModeAfter(attributes.Value.Mode, request.Attributes) is { } mode)
        {
            attributes = await _fileSystem.SetAttributesAsync(
                open.Inode, new EntryChanges { Mode = mode }, open.File, open.Caller, CancellationToken.None).ConfigureAwait(false);
        }

        return Info(attributes);
    }

    public async ValueTask Cleanup(WinFspHandle handle, string? name, CleanupFlags flags)
    {
        var open = (VolumeHandle)handle;
        if (name is not null && (flags & CleanupFlags.Delete) != 0)
        {
            await DeleteAsync(open, name).ConfigureAwait(false);
        }

        if (open.File is not { IsWritable: true } file)
        {
            return;
        }

        if (open is { KeptTime: { } kept, WroteSince: true })
        {
            await _fileSystem.SetAttributesAsync(
                open.Inode, new EntryChanges { ModifyTime = kept }, file, open.Caller, CancellationToken.None).ConfigureAwait(false);
        }

        // The program waits until the file is stored, but cannot be told that it is not: then its backup has failed.
        await _fileSystem.FlushAsync(file, open.Caller, _waiting.Token).ConfigureAwait(false);
    }

    public async ValueTask Close(WinFspHandle handle)
    {
        var open = (VolumeHandle)handle;
        if (!_open.TryRemove(open, out _))
        {
            return;
        }

        if (open.File is { } file)
        {
            await _fileSystem.ReleaseAsync(file).ConfigureAwait(false);
        }

        _fileSystem.Forget(open.Inode, 1);
    }

    private async ValueTask<WinFspResult<WinFspOpened>> CreateInAsync(WalkedParent parent, WinFspCreateRequest request)
    {
        var stored = ShownName.ToStored(parent.Name);
        if (stored == parent.Name && !ShownName.IsValid(stored))
        {
            return parent.Name.Length == 0 ? NtStatus.ObjectNameCollision : NtStatus.ObjectNameInvalid;
        }

        using var claim = await _claims.TakeAsync(parent.Inode, Claimed(parent), _waiting.Token).ConfigureAwait(false);
        var taken = await IsTakenAsync(parent).ConfigureAwait(false);
        if (taken != FsError.NotFound)
        {
            return NtStatusMap.From(taken == FsError.None ? FsError.AlreadyExists : taken);
        }

        var made = await MakeAsync(parent, stored, request).ConfigureAwait(false);
        if (made.Status.IsSuccess())
        {
            _names.Changed(parent.Inode, stored, isThere: true);
        }

        return made;
    }

    private async ValueTask<WinFspResult<WinFspOpened>> MakeAsync(WalkedParent parent, string stored, WinFspCreateRequest request)
    {
        var caller = new Caller(request.Open.ProcessId);
        var entry = new NewEntry(FileFacts.ModeOf(request.Attributes, request.IsDirectory));
        var path = parent.PathOf(parent.Name);
        if (request.IsDirectory)
        {
            var made = await _fileSystem.MkdirAsync(parent.Inode, stored, entry, caller, _waiting.Token).ConfigureAwait(false);
            return made.IsOk
                ? Opened(new VolumeHandle(made.Value.Inode, request.Open), made.Value.Attributes, path)
                : NtStatusMap.From(made.Error);
        }

        // Whoever makes a file writes it, even if it asks only for other rights.
        var reads = (request.Open.GrantedAccess & (FileAccessRights.ReadData | FileAccessRights.Execute)) != 0;
        var created = await _fileSystem.CreateAsync(
            parent.Inode,
            stored,
            entry,
            reads ? FileAccessMode.ReadWrite : FileAccessMode.Write,
            exclusive: true,
            truncate: false,
            caller,
            _waiting.Token).ConfigureAwait(false);
        return created.IsOk
            ? Opened(
                new VolumeHandle(created.Value.Entry.Inode, request.Open) { File = created.Value.File }, created.Value.Entry.Attributes, path)
            : NtStatusMap.From(created.Error);
    }

    private bool HoldsBackups(Inode inode) => inode is DirectoryInode { Level: var level } && level == _fileSystem.DirectoryLevels;

    /// <summary>The name that somebody takes who makes one: NAME and NAME.partial stand for the same backup.</summary>
    private string Claimed(WalkedParent parent) =>
        HoldsBackups(parent.Inode) && parent.Name.EndsWith(Backup.PartialSuffix, StringComparison.Ordinal)
            ? parent.Name[..^Backup.PartialSuffix.Length]
            : parent.Name;

    /// <summary>Whether a name is taken, in any spelling: None, or NotFound, or why that is not known.</summary>
    private async ValueTask<FsError> IsTakenAsync(WalkedParent parent)
    {
        var name = Claimed(parent);
        var taken = await IsTakenAsync(parent.Inode, name).ConfigureAwait(false);
        return taken == FsError.NotFound && HoldsBackups(parent.Inode)
            ? await IsTakenAsync(parent.Inode, name + Backup.PartialSuffix).ConfigureAwait(false)
            : taken;
    }

    private async ValueTask<FsError> IsTakenAsync(Inode directory, string shown)
    {
        var found = await _walker.LookupAsync(directory, shown, _waiting.Token).ConfigureAwait(false);
        if (found.IsOk)
        {
            _fileSystem.Forget(found.Value.Entry.Inode, 1);
            return FsError.None;
        }

        if (found.Error != FsError.NotFound)
        {
            return found.Error;
        }

        // In two other spellings it is not found, and is taken nevertheless.
        var others = await _names.FindAsync(directory, shown, _waiting.Token).ConfigureAwait(false);
        return !others.IsOk ? others.Error : others.Value.Length > 0 ? FsError.None : FsError.NotFound;
    }

    private async ValueTask<WinFspResult<WinFspOpened>> OpenFoundAsync(WalkedPath found, WinFspOpenRequest request)
    {
        var inode = found.Entry.Inode;
        if ((request.Options & CreateOptions.DeleteOnClose) != 0)
        {
            // No SetDelete comes for it. What is not empty is found out when it is closed, as on other file systems.
            var removal = await _fileSystem.CheckRemovalAsync(inode, _waiting.Token).ConfigureAwait(false);
            if (removal is not (FsError.None or FsError.NotEmpty))
            {
                return NtStatusMap.From(removal);
            }
        }

        var handle = new VolumeHandle(inode, request);
        switch (inode)
        {
            case EntryInode { Type: EntryType.Directory } or DirectoryInode:
                return Opened(handle, found.Entry.Attributes, found.Path);
            case EntryInode { Type: EntryType.File }:
                return await OpenContentAsync(handle, found, request).ConfigureAwait(false);
            default:
                return await OpenSpecialAsync(handle, found, request).ConfigureAwait(false);
        }
    }

    private async ValueTask<WinFspResult<WinFspOpened>> OpenContentAsync(VolumeHandle handle, WalkedPath found, WinFspOpenRequest request)
    {
        var overwrites = request.Disposition is CreateDisposition.Supersede or CreateDisposition.Overwrite or CreateDisposition.OverwriteIf;
        if (overwrites || handle.ContentAccess is not { } access)
        {
            // Overwrite follows, when the driver found that the file may be shared so.
            return Opened(handle, found.Entry.Attributes, found.Path);
        }

        var opened = await _fileSystem.OpenAsync(handle.Inode, access, truncate: false, handle.Caller, _waiting.Token).ConfigureAwait(false);
        if (opened.Error == FsError.ReadOnly && access == FileAccessMode.ReadWrite && !AsksToWrite(request))
        {
            opened = await _fileSystem.OpenAsync(
                handle.Inode, FileAccessMode.Read, truncate: false, handle.Caller, _waiting.Token).ConfigureAwait(false);
        }

        if (!opened.IsOk)
        {
            return NtStatusMap.From(opened.Error);
        }

        handle.File = opened.Value;
        return Opened(handle, found.Entry.Attributes, found.Path);
    }

    /// <summary>
    /// Whether a program wants to write, and was not only granted that with whatever it may do: of a complete backup, that is to read.
    /// </summary>
    private static bool AsksToWrite(WinFspOpenRequest request) =>
        (request.DesiredAccess & FileAccessRights.MaximumAllowed) == 0
        || (request.DesiredAccess & (FileAccessRights.WriteData | FileAccessRights.AppendData)) != 0;

    /// <summary>Links are files with the target as text; pipes, sockets and devices are empty. None can be written.</summary>
    private async ValueTask<WinFspResult<WinFspOpened>> OpenSpecialAsync(VolumeHandle handle, WalkedPath found, WinFspOpenRequest request)
    {
        if (handle.ContentAccess is FileAccessMode.Write or FileAccessMode.ReadWrite && AsksToWrite(request))
        {
            return NtStatus.AccessDenied;
        }

        if (handle.Inode is not EntryInode { Type: EntryType.SymbolicLink })
        {
            return Opened(new VolumeHandle(handle.Inode, request) { Text = default(ReadOnlyMemory<byte>) }, found.Entry.Attributes, found.Path);
        }

        var target = await _fileSystem.ReadlinkAsync(handle.Inode, _waiting.Token).ConfigureAwait(false);
        return target.IsOk
            ? Opened(new VolumeHandle(handle.Inode, request) { Text = target.Value }, found.Entry.Attributes, found.Path)
            : NtStatusMap.From(target.Error);
    }
}
