using BackupFs.FileSystem;
using BackupFs.Storage;
using BackupFs.WinFsp;

namespace BackupFs.Mount.Windows;

/// <content>Content, sizes, attributes, security.</content>
internal sealed partial class WinFspOperations
{
    public async ValueTask<WinFspResult<int>> Read(WinFspHandle handle, Memory<byte> buffer, ulong offset)
    {
        var open = (VolumeHandle)handle;
        if (open.Text is { } text)
        {
            var rest = text[(int)Math.Min(offset, (ulong)text.Length)..];
            rest = rest[..Math.Min(rest.Length, buffer.Length)];
            rest.CopyTo(buffer);
            return rest.Length;
        }

        if (open.File is not { } file)
        {
            return NtStatusMap.From(open.IsDirectory ? FsError.IsADirectory : FsError.BadHandle);
        }

        if (offset > long.MaxValue)
        {
            return 0;
        }

        var read = await _fileSystem.ReadAsync(file, buffer, (long)offset, _waiting.Token).ConfigureAwait(false);
        return read.IsOk ? read.Value : NtStatusMap.From(read.Error);
    }

    public async ValueTask<WinFspResult<WinFspWritten>> Write(WinFspHandle handle, ReadOnlyMemory<byte> data, WinFspWriteRequest request)
    {
        var open = (VolumeHandle)handle;
        if (open.File is not { IsWritable: true } file)
        {
            return NotWritable(open);
        }

        var offset = request.Offset;
        if (request.ToEnd || request.Constrained)
        {
            // The driver lets one writer at a time into a file, so that its end stays where it is.
            var before = await _fileSystem.GetAttributesAsync(open.Inode, file, CancellationToken.None).ConfigureAwait(false);
            if (!before.IsOk)
            {
                return NtStatusMap.From(before.Error);
            }

            var end = (ulong)before.Value.Size;
            offset = request.ToEnd ? end : offset;
            if (request.Constrained)
            {
                data = data[..(int)Math.Min((ulong)data.Length, end - Math.Min(end, offset))];
            }
        }

        if (offset > long.MaxValue - (ulong)data.Length)
        {
            return NtStatusMap.From(FsError.FileTooLarge);
        }

        var count = 0;
        if (data.Length > 0)
        {
            var written = await _fileSystem.WriteAsync(file, data, (long)offset, clearSetId: false, _waiting.Token).ConfigureAwait(false);
            if (!written.IsOk)
            {
                return NtStatusMap.From(written.Error);
            }

            (count, open.WroteSince) = (written.Value, true);
        }

        var info = await InfoAsync(open).ConfigureAwait(false);
        return info.Status.IsSuccess() ? new WinFspWritten(count, info.Value) : info.Status;
    }

    public async ValueTask<WinFspResult<WinFspFileInfo>> Flush(WinFspHandle handle)
    {
        var open = (VolumeHandle)handle;
        var flushed = open.IsDirectory
            ? await _fileSystem.FsyncDirectoryAsync(open.Inode, _waiting.Token).ConfigureAwait(false)
            : await SyncFileAsync(open).ConfigureAwait(false);
        return flushed == FsError.None ? await InfoAsync(open).ConfigureAwait(false) : NtStatusMap.From(flushed);
    }

    public ValueTask<WinFspResult<WinFspFileInfo>> GetFileInfo(WinFspHandle handle) => InfoAsync((VolumeHandle)handle);

    public async ValueTask<WinFspResult<WinFspFileInfo>> SetBasicInfo(WinFspHandle handle, WinFspBasicInfo change)
    {
        var open = (VolumeHandle)handle;
        int? mode = null;
        if (change.Attributes is { } attributes && open.Inode is EntryInode { Type: EntryType.File })
        {
            var before = await _fileSystem.GetAttributesAsync(open.Inode, open.File, CancellationToken.None).ConfigureAwait(false);
            if (!before.IsOk)
            {
                return NtStatusMap.From(before.Error);
            }

            mode = FileFacts.ModeAfter(before.Value.Mode, attributes);
        }

        // Also when nothing is left to change: a complete backup refuses whatever it is.
        var changes = new EntryChanges
        {
            Mode = mode,
            AccessTime = FileFacts.Set(change.LastAccessTime),
            ModifyTime = FileFacts.Set(change.LastWriteTime),
        };
        var set = await _fileSystem.SetAttributesAsync(open.Inode, changes, open.File, open.Caller, _waiting.Token).ConfigureAwait(false);
        if (set.IsOk && changes.ModifyTime is { } time)
        {
            (open.KeptTime, open.WroteSince) = (time, false);
        }

        return Info(set);
    }

    public async ValueTask<WinFspResult<WinFspFileInfo>> SetFileSize(WinFspHandle handle, ulong size)
    {
        var open = (VolumeHandle)handle;
        if (open.File is not { IsWritable: true } file)
        {
            return NotWritable(open);
        }

        if (size > long.MaxValue)
        {
            return NtStatusMap.From(FsError.FileTooLarge);
        }

        open.WroteSince = true;
        return Info(await _fileSystem.SetAttributesAsync(
            open.Inode, new EntryChanges { Size = (long)size }, file, open.Caller, _waiting.Token).ConfigureAwait(false));
    }

    public async ValueTask<WinFspResult<WinFspFileInfo>> SetAllocationSize(WinFspHandle handle, ulong size)
    {
        // Nothing is reserved: a full storage is told by the write that it has no room for.
        var now = await InfoAsync((VolumeHandle)handle).ConfigureAwait(false);
        return now.Status.IsSuccess() && now.Value.FileSize > size ? await SetFileSize(handle, size).ConfigureAwait(false) : now;
    }

    public async ValueTask<WinFspResult<ReadOnlyMemory<byte>>> GetSecurity(WinFspHandle handle)
    {
        var open = (VolumeHandle)handle;
        var attributes = await _fileSystem.GetAttributesAsync(open.Inode, open.File, _waiting.Token).ConfigureAwait(false);
        return attributes.IsOk ? _rules.Of(attributes.Value) : NtStatusMap.From(attributes.Error);
    }

    /// <summary>Access control lists are not kept, and a program that wants to keep them has to know.</summary>
    public async ValueTask<NtStatus> SetSecurity(WinFspHandle handle, SecurityInformation parts, ReadOnlyMemory<byte> descriptor)
    {
        var open = (VolumeHandle)handle;
        var changed = await _fileSystem.SetAttributesAsync(open.Inode, default, open.File, open.Caller, _waiting.Token).ConfigureAwait(false);
        return changed.IsOk ? NtStatus.InvalidDeviceRequest : NtStatusMap.From(changed.Error);
    }

    public ValueTask<WinFspResult<WinFspExtendedAttribute[]>> GetExtendedAttributes(WinFspHandle handle) => new(NtStatus.EasNotSupported);

    public ValueTask<WinFspResult<WinFspFileInfo>> SetExtendedAttributes(
        WinFspHandle handle, IReadOnlyList<WinFspExtendedAttribute> attributes) => new(NtStatus.EasNotSupported);

    /// <summary>A program that was granted to write, and may not, took all that there was to have; others did not ask.</summary>
    private static NtStatus NotWritable(VolumeHandle open) => NtStatusMap.From(
        open.ContentAccess is FileAccessMode.Write or FileAccessMode.ReadWrite ? FsError.ReadOnly : FsError.BadHandle);

    private ValueTask<FsError> SyncFileAsync(VolumeHandle handle) =>
        handle.File is { } file ? _fileSystem.FsyncAsync(file, dataOnly: false, _waiting.Token) : new(FsError.None);
}
