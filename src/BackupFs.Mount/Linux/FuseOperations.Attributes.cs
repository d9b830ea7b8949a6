using System.Text;
using BackupFs.FileSystem;
using BackupFs.Fuse;
using BackupFs.Storage;

namespace BackupFs.Mount.Linux;

/// <content>Attributes and extended attributes.</content>
internal sealed partial class FuseOperations
{
    private const int SetUserId = 0x800, SetGroupId = 0x400, GroupExecute = 0x8;

    public void Getattr(FuseRequest request, ulong node, ulong? handle)
    {
        if (TryInode(request, node, out var inode))
        {
            Start(request, GetattrAsync(request, inode, FileOf(handle)));
        }
    }

    public void Setattr(FuseRequest request, ulong node, in SetattrRequest change)
    {
        if (TryInode(request, node, out var inode))
        {
            Start(request, SetattrAsync(request, inode, change));
        }
    }

    public void Statx(FuseRequest request, ulong node, ulong? handle, uint flags, uint mask)
    {
        if (TryInode(request, node, out var inode))
        {
            Start(request, StatxAsync(request, inode, FileOf(handle)));
        }
    }

    public void Statfs(FuseRequest request, ulong node) => Start(request, StatfsAsync(request));

    /// <summary>Never asked with default_permissions; ENOSYS means "always allowed".</summary>
    public void Access(FuseRequest request, ulong node, uint mask) => request.ReplyError(Errno.ENOSYS);

    public void Setxattr(FuseRequest request, ulong node, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, XattrSetFlags flags)
    {
        if (!TryInode(request, node, out var inode) || !TryAttribute(request, name, Errno.EOPNOTSUPP, out var text))
        {
            return;
        }

        var mode = flags.HasFlag(XattrSetFlags.Create) ? AttributeSetMode.Create
            : flags.HasFlag(XattrSetFlags.Replace) ? AttributeSetMode.Replace
            : AttributeSetMode.CreateOrReplace;
        Start(request, SetxattrAsync(request, inode, text, value.ToArray(), mode));
    }

    public void Getxattr(FuseRequest request, ulong node, ReadOnlySpan<byte> name, int size)
    {
        // The kernel asks for security.capability before writes and ls for ACLs of every file: answer without a look.
        if (!name.StartsWith("user."u8))
        {
            request.ReplyError(name.StartsWith("security."u8) ? Errno.ENODATA : Errno.EOPNOTSUPP);
        }
        else if (TryInode(request, node, out var inode) && TryAttribute(request, name, Errno.ENODATA, out var text))
        {
            Start(request, GetxattrAsync(request, inode, text));
        }
    }

    public void Listxattr(FuseRequest request, ulong node, int size)
    {
        if (TryInode(request, node, out var inode))
        {
            Start(request, ListxattrAsync(request, inode));
        }
    }

    public void Removexattr(FuseRequest request, ulong node, ReadOnlySpan<byte> name)
    {
        if (TryInode(request, node, out var inode) && TryAttribute(request, name, Errno.ENODATA, out var text))
        {
            Start(request, RemovexattrAsync(request, inode, text));
        }
    }

    private static bool TryAttribute(FuseRequest request, ReadOnlySpan<byte> name, Errno otherwise, out string text)
    {
        text = TryDecode(name, out var decoded) ? decoded : "";
        if (text.Length == 0)
        {
            request.ReplyError(otherwise);
        }

        return text.Length > 0;
    }

    private OpenFile? FileOf(ulong? handle) => handle is { } number && _handles.TryGet(number, out OpenFile? file) ? file : null;

    private async ValueTask GetattrAsync(FuseRequest request, Inode inode, OpenFile? file) =>
        ReplyAttributes(request, inode, await _fileSystem.GetAttributesAsync(inode, file, Waiting(request)).ConfigureAwait(false));

    private async ValueTask SetattrAsync(FuseRequest request, Inode inode, SetattrRequest change)
    {
        var changes = new EntryChanges
        {
            Mode = change.Fields.HasFlag(SetattrFields.Mode) ? (int)(change.Mode & 0xfff) : null,
            UserId = change.Fields.HasFlag(SetattrFields.UserId) ? change.UserId : null,
            GroupId = change.Fields.HasFlag(SetattrFields.GroupId) ? change.GroupId : null,
            Size = change.Fields.HasFlag(SetattrFields.Size) ? (long)change.Size : null,
            AccessTime = change.Fields.HasFlag(SetattrFields.AccessTime) ? From(change.AccessTime) : null,
            ModifyTime = change.Fields.HasFlag(SetattrFields.ModificationTime) ? From(change.ModificationTime) : null,
        };
        var file = FileOf(change.Handle);
        var result = await _fileSystem.SetAttributesAsync(inode, changes, file, CallerOf(request), Waiting(request)).ConfigureAwait(false);
        if (result.IsOk && change.Fields.HasFlag(SetattrFields.KillSuidGid) && changes.Mode is null && WithoutSetId(result.Value.Mode) is { } mode)
        {
            // HANDLE_KILLPRIV_V2: a truncation by an ordinary user takes set-id bits away, and leaves that to us.
            result = await _fileSystem.SetAttributesAsync(
                inode, new EntryChanges { Mode = mode }, file, CallerOf(request), CancellationToken.None).ConfigureAwait(false);
        }

        ReplyAttributes(request, inode, result);
    }

    private async ValueTask ClearSetIdAsync(Inode inode, OpenFile file, Caller caller)
    {
        var attributes = await _fileSystem.GetAttributesAsync(inode, file, CancellationToken.None).ConfigureAwait(false);
        if (attributes.IsOk && WithoutSetId(attributes.Value.Mode) is { } mode)
        {
            await _fileSystem.SetAttributesAsync(
                inode, new EntryChanges { Mode = mode }, file, caller, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async ValueTask StatxAsync(FuseRequest request, Inode inode, OpenFile? file)
    {
        var result = await _fileSystem.GetAttributesAsync(inode, file, Waiting(request)).ConfigureAwait(false);
        if (!result.IsOk)
        {
            request.ReplyError(ErrnoMap.From(result.Error));
            return;
        }

        var hasBirthTime = result.Value.BirthTime != Timestamp.Epoch;
        request.ReplyStatx(
            new FuseStatx
            {
                Mask = FuseStatx.BasicStats | (hasBirthTime ? FuseStatx.BirthTimeField : 0),
                Attributes = _wire.From(result.Value),
                BirthTime = WireAttributes.From(result.Value.BirthTime),
            },
            inode.AttributeLifetime);
    }

    private async ValueTask StatfsAsync(FuseRequest request)
    {
        var result = await _fileSystem.StatfsAsync(Waiting(request)).ConfigureAwait(false);
        if (!result.IsOk)
        {
            request.ReplyError(ErrnoMap.From(result.Error));
            return;
        }

        var space = result.Value;
        var unit = (ulong)Math.Max(space.BlockSize, 1);
        request.ReplyStatfs(new FuseStatfs
        {
            Blocks = (ulong)space.TotalBytes / unit,
            FreeBlocks = (ulong)space.FreeBytes / unit,
            AvailableBlocks = (ulong)space.AvailableBytes / unit,
            Files = (ulong)space.TotalFiles,
            FreeFiles = (ulong)space.FreeFiles,
            BlockSize = (uint)unit,
            FragmentSize = (uint)unit,
            NameLength = (uint)space.MaximumNameLength,
        });
    }

    private async ValueTask SetxattrAsync(FuseRequest request, Inode inode, string name, byte[] value, AttributeSetMode mode)
    {
        // A command (ending a backup, for one) may take long: its caller may stop waiting.
        var waiting = name.StartsWith(ControlAttributes.Prefix, StringComparison.Ordinal) ? request.Interrupted : Waiting(request);
        Reply(request, await _fileSystem.SetxattrAsync(inode, name, value, mode, CallerOf(request), waiting).ConfigureAwait(false));
    }

    private async ValueTask GetxattrAsync(FuseRequest request, Inode inode, string name)
    {
        var value = await _fileSystem.GetxattrAsync(inode, name, Waiting(request)).ConfigureAwait(false);
        if (value.IsOk)
        {
            request.ReplyXattr(value.Value);
        }
        else
        {
            request.ReplyError(ErrnoMap.From(value.Error));
        }
    }

    private async ValueTask ListxattrAsync(FuseRequest request, Inode inode)
    {
        var names = await _fileSystem.ListxattrAsync(inode, Waiting(request)).ConfigureAwait(false);
        if (names.IsOk)
        {
            request.ReplyXattr(names.Value.Count == 0 ? [] : Encoding.UTF8.GetBytes(string.Join('\0', names.Value) + '\0'));
        }
        else
        {
            request.ReplyError(ErrnoMap.From(names.Error));
        }
    }

    private async ValueTask RemovexattrAsync(FuseRequest request, Inode inode, string name) =>
        Reply(request, await _fileSystem.RemovexattrAsync(inode, name, Waiting(request)).ConfigureAwait(false));

    private void ReplyAttributes(FuseRequest request, Inode inode, in FsResult<EntryAttributes> result)
    {
        if (result.IsOk)
        {
            request.ReplyAttributes(_wire.From(result.Value), inode.AttributeLifetime);
        }
        else
        {
            request.ReplyError(ErrnoMap.From(result.Error));
        }
    }

    private static Timestamp From(FuseTime time) => new(time.Seconds, time.Nanoseconds);

    /// <summary>The mode without the set-id bits that a write takes away; null if there are none.</summary>
    private static int? WithoutSetId(int mode)
    {
        var cleared = mode & ~SetUserId;
        cleared = (mode & GroupExecute) != 0 ? cleared & ~SetGroupId : cleared;
        return cleared == mode ? null : cleared;
    }
}
