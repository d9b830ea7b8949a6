namespace BackupFs.WinFsp;

/// <summary>
/// A file system: one method for each operation of WinFsp. Called from several threads at once, without any lock around it.
/// </summary>
/// <remarks>
/// <para>Names begin with a backslash, "\" is the root, and have no trailing one. On a volume that ignores case they come as the
/// program wrote them: finding the file is up to the file system. Offsets and sizes are in bytes.</para>
/// <para>The methods are those of FSP_FILE_SYSTEM_INTERFACE with the same meaning. Left out are CanDelete and the forms without
/// extended attributes of Create and Overwrite, which WinFsp does not call when the ones here exist; reparse points and named
/// streams.</para>
/// <para>Reads, writes and directory listings may take as long as they like: no thread waits for them. A thread of WinFsp's
/// dispatcher waits for everything else (see <see cref="WinFspVolumeOptions.DispatcherThreads"/>). No method may use the mount
/// itself, or wait for it to end.</para>
/// <para>Expected failures are a status. An exception is logged and answered <see cref="NtStatus.UnexpectedIoError"/>.</para>
/// <para>Memory that is passed in is valid until the returned task completes, unless it says otherwise.</para>
/// </remarks>
public interface IWinFspOperations
{
    /// <summary>Figures of the volume.</summary>
    ValueTask<WinFspResult<WinFspVolumeInfo>> GetVolumeInfo();

    /// <summary>Sets the label of the volume; answers the figures after it.</summary>
    ValueTask<WinFspResult<WinFspVolumeInfo>> SetVolumeLabel(string label);

    /// <summary>
    /// Attributes and security descriptor of a name. Asked before every open, for every directory on the way, too, unless
    /// the program has the right to pass through all directories, as it has by default. <see cref="NtStatus.ObjectPathNotFound"/>
    /// when a directory on the way does not exist, <see cref="NtStatus.ObjectNameNotFound"/> when only the last component does not.
    /// </summary>
    ValueTask<WinFspResult<WinFspFileSecurity>> GetSecurityByName(string name);

    /// <summary>
    /// Creates a file or directory and opens it. <see cref="NtStatus.ObjectNameCollision"/> when there is one: two programs that
    /// open-or-create the same name at once can both come here.
    /// </summary>
    ValueTask<WinFspResult<WinFspOpened>> Create(string name, WinFspCreateRequest request);

    /// <summary>Opens a file or directory.</summary>
    ValueTask<WinFspResult<WinFspOpened>> Open(string name, WinFspOpenRequest request);

    /// <summary>
    /// Truncates a file that was just opened to be overwritten. When this fails, the open fails, and Close follows without
    /// a Cleanup.
    /// </summary>
    ValueTask<WinFspResult<WinFspFileInfo>> Overwrite(WinFspHandle handle, WinFspOverwriteRequest request);

    /// <summary>
    /// The program has closed its last handle of this open; it waits. There is no way to report failure. Reads and writes may
    /// still follow, from the cache and from mappings, even for a file that is deleted here. Does not come for an open that
    /// failed in the driver, such as for a sharing violation.
    /// </summary>
    /// <param name="handle">The open.</param>
    /// <param name="name">The name, when it is to be deleted; otherwise null.</param>
    /// <param name="flags">What is to be done.</param>
    ValueTask Cleanup(WinFspHandle handle, string? name, CleanupFlags flags);

    /// <summary>
    /// Nothing more will come for this open. May come long after Cleanup, unless
    /// <see cref="WinFspVolumeOptions.FlushAndPurgeOnCleanup"/>, and not at all for opens that are left when the mount ends.
    /// </summary>
    ValueTask Close(WinFspHandle handle);

    /// <summary>Reads; answers how many bytes. 0 is the end of the file.</summary>
    ValueTask<WinFspResult<int>> Read(WinFspHandle handle, Memory<byte> buffer, ulong offset);

    /// <summary>Writes.</summary>
    ValueTask<WinFspResult<WinFspWritten>> Write(WinFspHandle handle, ReadOnlyMemory<byte> data, WinFspWriteRequest request);

    /// <summary>Makes a file durable; answers what it is like.</summary>
    ValueTask<WinFspResult<WinFspFileInfo>> Flush(WinFspHandle handle);

    /// <summary>Makes everything on the volume durable.</summary>
    ValueTask<NtStatus> FlushVolume();

    /// <summary>What a file is like.</summary>
    ValueTask<WinFspResult<WinFspFileInfo>> GetFileInfo(WinFspHandle handle);

    /// <summary>Changes attributes and times; answers what the file is like after it.</summary>
    ValueTask<WinFspResult<WinFspFileInfo>> SetBasicInfo(WinFspHandle handle, WinFspBasicInfo change);

    /// <summary>Sets the size of a file; what is added reads as zeros. Answers what it is like after it.</summary>
    ValueTask<WinFspResult<WinFspFileInfo>> SetFileSize(WinFspHandle handle, ulong size);

    /// <summary>
    /// Sets the bytes reserved for a file, a multiple of the allocation unit. Less than its size truncates it, more does not
    /// extend it. Answers what it is like after it.
    /// </summary>
    ValueTask<WinFspResult<WinFspFileInfo>> SetAllocationSize(WinFspHandle handle, ulong size);

    /// <summary>
    /// Says whether a file or directory may be deleted when it is closed (<paramref name="delete"/>), or that it will not be
    /// after all. Deletes nothing. Does not come for files opened with <see cref="CreateOptions.DeleteOnClose"/>.
    /// </summary>
    ValueTask<NtStatus> SetDelete(WinFspHandle handle, string name, bool delete);

    /// <summary>
    /// Renames. The driver has checked that no file below is open, nor what is replaced, unless the volume has POSIX renames.
    /// </summary>
    /// <param name="handle">What is renamed.</param>
    /// <param name="name">Its name.</param>
    /// <param name="newName">Its new name; it may differ in case only.</param>
    /// <param name="replaceIfExists">Whether a file of that name is replaced. A directory never is.</param>
    /// <param name="processId">The process that renames, or 0 when it is not known.</param>
    ValueTask<NtStatus> Rename(WinFspHandle handle, string name, string newName, bool replaceIfExists, uint processId);

    /// <summary>The security descriptor, self-relative.</summary>
    ValueTask<WinFspResult<ReadOnlyMemory<byte>>> GetSecurity(WinFspHandle handle);

    /// <summary>Changes parts of the security descriptor.</summary>
    /// <param name="handle">The open.</param>
    /// <param name="parts">Which parts.</param>
    /// <param name="descriptor">A self-relative descriptor with their new values. A copy that may be kept.</param>
    ValueTask<NtStatus> SetSecurity(WinFspHandle handle, SecurityInformation parts, ReadOnlyMemory<byte> descriptor);

    /// <summary>
    /// Lists a directory, in any order, with "." and ".." except in the root. The array belongs to
    /// the binding then: it sorts it, and keeps it for as long as the program goes on reading, until the program starts anew.
    /// </summary>
    /// <param name="handle">The directory.</param>
    /// <param name="pattern">
    /// What names the program wants, or null; with <see cref="WinFspVolumeOptions.PassPattern"/> only. The driver filters in any case.
    /// </param>
    ValueTask<WinFspResult<WinFspDirectoryEntry[]>> ReadDirectory(WinFspHandle handle, string? pattern);

    /// <summary>
    /// Finds one entry of a directory; answers its name as it is stored. <see cref="NtStatus.ObjectNameNotFound"/> when there is none.
    /// On a volume that ignores case the name comes in upper case, however the program wrote it.
    /// </summary>
    ValueTask<WinFspResult<WinFspDirectoryEntry>> GetDirInfoByName(WinFspHandle directory, string name);

    /// <summary>
    /// A program called DeviceIoControl. <see cref="NtStatus.InvalidDeviceRequest"/> for codes that are not known. The answer must not
    /// be longer than <paramref name="longestOutput"/>, or the program gets an error instead of it.
    /// </summary>
    /// <param name="handle">The open.</param>
    /// <param name="code">The control code: device type with bit 0x8000, METHOD_BUFFERED.</param>
    /// <param name="input">Up to 4 KiB. A copy that may be kept.</param>
    /// <param name="longestOutput">Bytes that the program has room for, up to 4 KiB.</param>
    ValueTask<WinFspResult<ReadOnlyMemory<byte>>> Control(
        WinFspHandle handle, uint code, ReadOnlyMemory<byte> input, int longestOutput);

    /// <summary>All extended attributes of a file.</summary>
    ValueTask<WinFspResult<WinFspExtendedAttribute[]>> GetExtendedAttributes(WinFspHandle handle);

    /// <summary>Sets, and with an empty value removes, extended attributes in the given order; answers what the file is like after it.</summary>
    ValueTask<WinFspResult<WinFspFileInfo>> SetExtendedAttributes(
        WinFspHandle handle, IReadOnlyList<WinFspExtendedAttribute> attributes);

    /// <summary>
    /// The mount ended; called once, after every other method has completed. Files still open are closed here: their Close never comes.
    /// </summary>
    /// <param name="ending">Why.</param>
    void Stopped(WinFspEnding ending);
}
