namespace BackupFs.Fuse;

/// <summary>
/// A file system: one method per operation of the kernel, by node id. Called from several threads at once.
/// </summary>
/// <remarks>
/// <para>Each method that gets a <see cref="FuseRequest"/> answers it exactly once, during the call or later from any
/// thread. A method that throws before it answered answers EIO. A method that returns without an answer has taken the
/// request over; the thread that called it goes on with other requests.</para>
/// <para>Spans are valid only during the call, and only until the request is answered. The data of
/// <see cref="Write"/> stays valid until the request is answered.</para>
/// <para>Methods run on the threads that read from the kernel: short blocking (local disk) is fine, waiting for
/// anything else is not; answer such requests later. Never touch the mount itself, and never notify or unmount and
/// wait for it, from here.</para>
/// <para>ENOSYS is sticky: the kernel takes it as "never" and does not ask again. For "not this file" use
/// EOPNOTSUPP. Operations named after the system call; errors are those of its manual page.</para>
/// <para>Names are bytes without NUL or slash, not necessarily UTF-8, and may be longer than 255 bytes: the kernel
/// leaves that limit (ENAMETOOLONG) to the file system. Offsets and sizes are in bytes.</para>
/// </remarks>
public interface IFuseOperations
{
    /// <summary>The protocol was negotiated; called once, before any other method. An exception fails the mount.</summary>
    void Init(FuseConnectionInfo connection);

    /// <summary>
    /// The session ended; called once, after every other method. Files still open are closed here: after an abort, and
    /// at the end of a lazy unmount, their RELEASE never comes, nor does FORGET.
    /// </summary>
    void Destroy();

    /// <summary>Finds a name. Answer: ReplyEntry (one more lookup of the node) or an error.</summary>
    void Lookup(FuseRequest request, ulong parent, ReadOnlySpan<byte> name);

    /// <summary>The kernel gives back <paramref name="count"/> lookups of a node. Not answered.</summary>
    void Forget(ulong node, ulong count);

    /// <summary>Reads attributes; through an open file if there is a handle. Answer: ReplyAttributes.</summary>
    void Getattr(FuseRequest request, ulong node, ulong? handle);

    /// <summary>Changes attributes. Answer: ReplyAttributes with the new ones.</summary>
    void Setattr(FuseRequest request, ulong node, in SetattrRequest change);

    /// <summary>Reads the target of a link. Answer: ReplyData.</summary>
    void Readlink(FuseRequest request, ulong node);

    /// <summary>Creates a symbolic link. Answer: ReplyEntry.</summary>
    void Symlink(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target);

    /// <summary>Creates a file, device, pipe or socket; the umask is applied. Answer: ReplyEntry.</summary>
    void Mknod(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, uint mode, uint device);

    /// <summary>Creates a directory; the umask is applied. Answer: ReplyEntry.</summary>
    void Mkdir(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, uint mode);

    /// <summary>Removes a name of a file. Answer: ReplyOk.</summary>
    void Unlink(FuseRequest request, ulong parent, ReadOnlySpan<byte> name);

    /// <summary>Removes an empty directory. Answer: ReplyOk.</summary>
    void Rmdir(FuseRequest request, ulong parent, ReadOnlySpan<byte> name);

    /// <summary>Renames; both RENAME and RENAME2. Answer: ReplyOk.</summary>
    void Rename(
        FuseRequest request,
        ulong parent,
        ReadOnlySpan<byte> name,
        ulong newParent,
        ReadOnlySpan<byte> newName,
        RenameFlags flags);

    /// <summary>Creates a hard link; also how a file of <see cref="Tmpfile"/> gets its name. Answer: ReplyEntry.</summary>
    void Link(FuseRequest request, ulong node, ulong newParent, ReadOnlySpan<byte> newName);

    /// <summary>Opens a file. Flags are those of open(2), without O_CREAT, O_EXCL. Answer: ReplyOpened.</summary>
    /// <param name="request">The request.</param>
    /// <param name="node">The file.</param>
    /// <param name="flags">Flags of open(2), with O_TRUNC when it was given.</param>
    /// <param name="killPrivileges">Whether truncation has to clear set-user-id and set-group-id.</param>
    void Open(FuseRequest request, ulong node, int flags, bool killPrivileges);

    /// <summary>Creates and opens a file; the umask is applied. Answer: ReplyCreated.</summary>
    /// <param name="request">The request.</param>
    /// <param name="parent">The directory.</param>
    /// <param name="name">The name.</param>
    /// <param name="mode">File type and permission bits.</param>
    /// <param name="flags">Flags of open(2).</param>
    void Create(FuseRequest request, ulong parent, ReadOnlySpan<byte> name, uint mode, int flags);

    /// <summary>Creates and opens a file without a name (O_TMPFILE). Answer: ReplyCreated.</summary>
    void Tmpfile(FuseRequest request, ulong parent, uint mode, int flags);

    /// <summary>Reads. Fewer bytes than asked for means the end of the file. Answer: ReplyData.</summary>
    void Read(FuseRequest request, ulong node, ulong handle, long offset, int size);

    /// <summary>Writes. Answer: ReplyWritten.</summary>
    void Write(FuseRequest request, ulong node, ulong handle, long offset, ReadOnlyMemory<byte> data, WriteFlags flags);

    /// <summary>Figures of the file system. Answer: ReplyStatfs.</summary>
    void Statfs(FuseRequest request, ulong node);

    /// <summary>
    /// One descriptor was closed; the error is that of close(2). Comes zero, one or many times for an open, at process
    /// exit too. The closing process cannot be killed meanwhile. Answer: ReplyOk.
    /// </summary>
    void Flush(FuseRequest request, ulong node, ulong handle, ulong lockOwner);

    /// <summary>The last descriptor and mapping of an open file are gone; the error reaches nobody. Answer: ReplyOk.</summary>
    void Release(FuseRequest request, ulong node, ulong handle, int flags, ulong lockOwner);

    /// <summary>Makes a file durable. Answer: ReplyOk.</summary>
    void Fsync(FuseRequest request, ulong node, ulong handle, bool dataOnly);

    /// <summary>Opens a directory. Answer: ReplyOpened.</summary>
    void Opendir(FuseRequest request, ulong node, int flags);

    /// <summary>
    /// Lists a directory from a position: 0 or what was given as the next offset of an entry. Answer: ReplyDirectory
    /// with a <see cref="DirectoryWriter"/> filled by TryAdd; an empty one is the end.
    /// </summary>
    void Readdir(FuseRequest request, ulong node, ulong handle, long offset, int size);

    /// <summary>
    /// Like <see cref="Readdir"/>, with entries filled by TryAddPlus. Each with a node other than 0 (leave it 0 for
    /// "." and "..") is a lookup, unless the answer returns false.
    /// </summary>
    void Readdirplus(FuseRequest request, ulong node, ulong handle, long offset, int size);

    /// <summary>An open directory is gone. Answer: ReplyOk.</summary>
    void Releasedir(FuseRequest request, ulong node, ulong handle);

    /// <summary>Makes a directory durable. Answer: ReplyOk.</summary>
    void Fsyncdir(FuseRequest request, ulong node, ulong handle, bool dataOnly);

    /// <summary>Sets an extended attribute. Answer: ReplyOk.</summary>
    void Setxattr(FuseRequest request, ulong node, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, XattrSetFlags flags);

    /// <summary>Reads an extended attribute. Answer: ReplyXattr, or ENODATA.</summary>
    void Getxattr(FuseRequest request, ulong node, ReadOnlySpan<byte> name, int size);

    /// <summary>Lists names of extended attributes, each ended by NUL. Answer: ReplyXattr.</summary>
    void Listxattr(FuseRequest request, ulong node, int size);

    /// <summary>Removes an extended attribute. Answer: ReplyOk, or ENODATA.</summary>
    void Removexattr(FuseRequest request, ulong node, ReadOnlySpan<byte> name);

    /// <summary>Checks access (mask of access(2)); not sent with default_permissions. Answer: ReplyOk or EACCES.</summary>
    void Access(FuseRequest request, ulong node, uint mask);

    /// <summary>Reserves or frees space (mode of fallocate(2)). Answer: ReplyOk.</summary>
    void Fallocate(FuseRequest request, ulong node, ulong handle, uint mode, long offset, long length);

    /// <summary>Finds data or a hole. Answer: ReplyLseek, or ENXIO.</summary>
    void Lseek(FuseRequest request, ulong node, ulong handle, long offset, SeekWhence whence);

    /// <summary>Copies between two open files, both opcodes. Answer: ReplyCopied.</summary>
    void CopyFileRange(FuseRequest request, in CopyFileRangeRequest range);

    /// <summary>Reads attributes beyond stat(2). Answer: ReplyStatx; ENOSYS makes the kernel use GETATTR.</summary>
    /// <param name="request">The request.</param>
    /// <param name="node">The node.</param>
    /// <param name="handle">The open file, or null.</param>
    /// <param name="flags">Flags of statx(2).</param>
    /// <param name="mask">Fields wanted (STATX_*).</param>
    void Statx(FuseRequest request, ulong node, ulong? handle, uint flags, uint mask);
}
