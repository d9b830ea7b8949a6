namespace BackupFs.WinFsp.Driver;

/// <summary>An open of a file or directory. Disposing it is CloseHandle. Thread-safe but for closing.</summary>
public sealed partial class DriverFile : IDisposable
{
    private readonly DriverVolume _volume;
    private readonly nint _context;
    private bool _modified;
    private bool _setTimes;
    private bool _cleaned;
    private bool _closed;

    internal DriverFile(DriverVolume volume, nint context, DriverOpen how, WinFspFileInfo info)
    {
        _volume = volume;
        _context = context;
        OpenedInfo = info;
        Share = how.Share;
        DeleteOnClose = (how.Options & CreateOptions.DeleteOnClose) != 0;
        SharedAccess = SharedOf(how);
    }

    /// <summary>What the file was like when it was opened.</summary>
    public WinFspFileInfo OpenedInfo { get; private set; }

    /// <summary>Whether this open created it.</summary>
    public bool WasCreated { get; internal set; }

    /// <summary>Its name now.</summary>
    public string Name => _volume.Nodes.NameOf(Node);

    /// <summary>What the file system knows the open by.</summary>
    internal nint Context => _context;

    internal DriverNode Node { get; set; } = null!;

    internal ShareAccess Share { get; }

    internal ShareAccess SharedAccess { get; }

    internal bool DeleteOnClose { get; }

    internal bool PosixDelete { get; private set; }

    /// <summary>The program closes its handle: Cleanup. Writes of pages may follow until <see cref="Close"/>.</summary>
    public void Cleanup()
    {
        if (_cleaned)
        {
            return;
        }

        _cleaned = true;
        (CleanupFlags flags, string? name) = _volume.Nodes.Cleanup(this);
        CleanupFlags important = flags & ~CleanupFlags.SetLastAccessTime;
        if (important != 0 || !_volume.Options.CleanupWhenModifiedOnly)
        {
            _volume.Call(() =>
            {
                _volume.Table.Cleanup(_context, name, (uint)flags);
                return NtStatus.Success;
            });
        }
    }

    /// <summary>Nobody needs the open any more: Close.</summary>
    public void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _volume.Call(() =>
        {
            _volume.Table.Close(_context);
            return NtStatus.Success;
        });
    }

    /// <summary>CloseHandle, of a file that the cache does not keep.</summary>
    public void Dispose()
    {
        Cleanup();
        Close();
    }

    internal CleanupFlags ModificationFlags(bool last)
    {
        CleanupFlags flags = CleanupFlags.SetLastAccessTime;
        if (_modified)
        {
            flags |= CleanupFlags.SetArchiveBit;
            flags |= last ? CleanupFlags.SetAllocationSize : CleanupFlags.None;
            flags |= _setTimes ? CleanupFlags.None : CleanupFlags.SetLastWriteTime | CleanupFlags.SetChangeTime;
        }

        return flags;
    }

    private static ShareAccess SharedOf(DriverOpen how)
    {
        ShareAccess access = ShareAccess.None;
        if ((how.Access & (FileAccessRights.ReadData | FileAccessRights.Execute)) != 0)
        {
            access |= ShareAccess.Read;
        }

        bool overwrites = how.Disposition is CreateDisposition.Overwrite or CreateDisposition.OverwriteIf;
        if (overwrites || (how.Access & (FileAccessRights.WriteData | FileAccessRights.AppendData)) != 0)
        {
            access |= ShareAccess.Write;
        }

        bool deletes = how.Disposition == CreateDisposition.Supersede;
        return deletes || (how.Access & FileAccessRights.Delete) != 0 ? access | ShareAccess.Delete : access;
    }
}
