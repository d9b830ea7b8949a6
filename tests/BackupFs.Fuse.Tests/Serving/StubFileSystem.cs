namespace BackupFs.Fuse.Tests.Serving;

/// <summary>Answers everything with ENOSYS; a test overrides what it is about.</summary>
internal class StubFileSystem : IFuseOperations
{
    public virtual void Init(FuseConnectionInfo connection)
    {
    }

    public void Destroy()
    {
    }

    public virtual void Forget(ulong node, ulong count)
    {
    }

    public virtual void Lookup(FuseRequest request, ulong parent, ReadOnlySpan<byte> name) => No(request);

    public virtual void Getattr(FuseRequest request, ulong node, ulong? handle) => No(request);

    public virtual void Setattr(FuseRequest request, ulong node, in SetattrRequest change) => No(request);

    public virtual void Readlink(FuseRequest request, ulong node) => No(request);

    public virtual void Symlink(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target) => No(request);

    public virtual void Mknod(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, uint mode, uint device) => No(request);

    public virtual void Mkdir(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, uint mode) => No(request);

    public virtual void Unlink(FuseRequest request, ulong parent, ReadOnlySpan<byte> name) => No(request);

    public virtual void Rmdir(FuseRequest request, ulong parent, ReadOnlySpan<byte> name) => No(request);

    public virtual void Rename(
        FuseRequest request, ulong parent, ReadOnlySpan<byte> name, ulong newParent, ReadOnlySpan<byte> newName, RenameFlags flags) =>
        No(request);

    public virtual void Link(FuseRequest request, ulong node, ulong newParent, ReadOnlySpan<byte> newName) => No(request);

    public virtual void Open(FuseRequest request, ulong node, int flags, bool killPrivileges) => No(request);

    public virtual void Create(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, uint mode, int flags) => No(request);

    public virtual void Tmpfile(FuseRequest request, ulong parent, uint mode, int flags) => No(request);

    public virtual void Read(FuseRequest request, ulong node, ulong handle, long offset, int size) => No(request);

    public virtual void Write(FuseRequest request, ulong node, ulong handle, long offset, ReadOnlyMemory<byte> data, WriteFlags flags) =>
        No(request);

    public virtual void Statfs(FuseRequest request, ulong node) => No(request);

    public virtual void Flush(FuseRequest request, ulong node, ulong handle, ulong lockOwner) => No(request);

    public virtual void Release(FuseRequest request, ulong node, ulong handle, int flags, ulong lockOwner) => No(request);

    public virtual void Fsync(FuseRequest request, ulong node, ulong handle, bool dataOnly) => No(request);

    public virtual void Opendir(FuseRequest request, ulong node, int flags) => No(request);

    public virtual void Readdir(FuseRequest request, ulong node, ulong handle, long offset, int size) => No(request);

    public virtual void Readdirplus(FuseRequest request, ulong node, ulong handle, long offset, int size) => No(request);

    public virtual void Releasedir(FuseRequest request, ulong node, ulong handle) => No(request);

    public virtual void Fsyncdir(FuseRequest request, ulong node, ulong handle, bool dataOnly) => No(request);

    public virtual void Setxattr(
        FuseRequest request, ulong node, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, XattrSetFlags flags) => No(request);

    public virtual void Getxattr(FuseRequest request, ulong node, ReadOnlySpan<byte> name, int size) => No(request);

    public virtual void Listxattr(FuseRequest request, ulong node, int size) => No(request);

    public virtual void Removexattr(FuseRequest request, ulong node, ReadOnlySpan<byte> name) => No(request);

    public virtual void Access(FuseRequest request, ulong node, uint mask) => No(request);

    public virtual void Fallocate(FuseRequest request, ulong node, ulong handle, uint mode, long offset, long length) => No(request);

    public virtual void Lseek(FuseRequest request, ulong node, ulong handle, long offset, SeekWhence whence) => No(request);

    public virtual void CopyFileRange(FuseRequest request, in CopyFileRangeRequest range) => No(request);

    public virtual void Statx(FuseRequest request, ulong node, ulong? handle, uint flags, uint mask) => No(request);

    private static void No(FuseRequest request) => request.ReplyError(Errno.ENOSYS);
}
