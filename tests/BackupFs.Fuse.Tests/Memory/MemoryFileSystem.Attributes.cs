using System.Text;

namespace BackupFs.Fuse.Tests.Memory;

/// <content>Attributes.</content>
internal partial class MemoryFileSystem
{
    public virtual void Getattr(FuseRequest request, ulong node, ulong? handle)
    {
        FuseAttributes attributes;
        lock (Gate)
        {
            attributes = Find(node)!.Attributes;
        }

        request.ReplyAttributes(in attributes, Valid);
    }

    public virtual void Setattr(FuseRequest request, ulong node, in SetattrRequest change)
    {
        FuseAttributes attributes;
        lock (Gate)
        {
            MemoryNode found = Find(node)!;
            SetattrFields fields = change.Fields;
            found.Mode = fields.HasFlag(SetattrFields.Mode) ? change.Mode : found.Mode;
            found.UserId = fields.HasFlag(SetattrFields.UserId) ? change.UserId : found.UserId;
            found.GroupId = fields.HasFlag(SetattrFields.GroupId) ? change.GroupId : found.GroupId;
            if (fields.HasFlag(SetattrFields.Size))
            {
                found.Resize((long)change.Size);
            }

            found.AccessTime = fields.HasFlag(SetattrFields.AccessTimeNow) ? Now()
                : fields.HasFlag(SetattrFields.AccessTime) ? change.AccessTime : found.AccessTime;
            found.ModificationTime = fields.HasFlag(SetattrFields.ModificationTimeNow) ? Now()
                : fields.HasFlag(SetattrFields.ModificationTime) ? change.ModificationTime : found.ModificationTime;
            found.ChangeTime = Now();
            attributes = found.Attributes;
        }

        request.ReplyAttributes(in attributes, Valid);
    }

    public virtual void Statx(FuseRequest request, ulong node, ulong? handle, uint flags, uint mask)
    {
        FuseAttributes attributes;
        lock (Gate)
        {
            attributes = Find(node)!.Attributes;
        }

        request.ReplyStatx(
            new FuseStatx
            {
                Mask = FuseStatx.BasicStats | FuseStatx.BirthTimeField,
                Attributes = attributes,
                BirthTime = new FuseTime(1_000_000_000, 5),
            },
            Valid);
    }

    public void Readlink(FuseRequest request, ulong node)
    {
        byte[] target;
        lock (Gate)
        {
            target = Find(node)!.Data;
        }

        request.ReplyData(target);
    }

    public virtual void Statfs(FuseRequest request, ulong node) => request.ReplyStatfs(new FuseStatfs
    {
        Blocks = 1000,
        FreeBlocks = 600,
        AvailableBlocks = 500,
        Files = 100,
        FreeFiles = 50,
        BlockSize = 4096,
        FragmentSize = 4096,
        NameLength = 255,
    });

    public void Access(FuseRequest request, ulong node, uint mask) => request.ReplyOk();

    public void Setxattr(FuseRequest request, ulong node, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, XattrSetFlags flags)
    {
        Errno error;
        lock (Gate)
        {
            SortedDictionary<string, byte[]> xattrs = Find(node)!.Xattrs;
            bool exists = xattrs.ContainsKey(Text(name));
            error = flags == XattrSetFlags.Create && exists ? Errno.EEXIST
                : flags == XattrSetFlags.Replace && !exists ? Errno.ENODATA : Errno.None;
            if (error == Errno.None)
            {
                xattrs[Text(name)] = value.ToArray();
            }
        }

        Answer(request, error);
    }

    public virtual void Getxattr(FuseRequest request, ulong node, ReadOnlySpan<byte> name, int size)
    {
        byte[]? value;
        lock (Gate)
        {
            value = Find(node)!.Xattrs.GetValueOrDefault(Text(name));
        }

        if (value is null)
        {
            request.ReplyError(Errno.ENODATA);
        }
        else
        {
            request.ReplyXattr(value);
        }
    }

    public void Listxattr(FuseRequest request, ulong node, int size)
    {
        byte[] list;
        lock (Gate)
        {
            list = Encoding.Latin1.GetBytes(string.Concat(Find(node)!.Xattrs.Keys.Select(name => name + "\0")));
        }

        request.ReplyXattr(list);
    }

    public void Removexattr(FuseRequest request, ulong node, ReadOnlySpan<byte> name)
    {
        bool removed;
        lock (Gate)
        {
            removed = Find(node)!.Xattrs.Remove(Text(name));
        }

        Answer(request, removed ? Errno.None : Errno.ENODATA);
    }
}
