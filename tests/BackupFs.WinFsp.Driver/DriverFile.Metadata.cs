using BackupFs.WinFsp.Layout;

namespace BackupFs.WinFsp.Driver;

/// <summary>Attributes, sizes, names, security, control codes.</summary>
public sealed partial class DriverFile
{
    private const int ResponseRoom = (16 * 1024) - 128;

    /// <summary>What the file is like.</summary>
    public unsafe WinFspFileInfo GetInfo() => Info(nameof(GetInfo), info => _volume.Table.GetFileInfo(_context, (WinFspFileInfo*)info));

    /// <summary>Makes it durable (FlushFileBuffers).</summary>
    public unsafe WinFspFileInfo Flush() => Info(nameof(Flush), info => _volume.Table.Flush(_context, (WinFspFileInfo*)info));

    /// <summary>Sets attributes and times; null leaves them.</summary>
    public unsafe WinFspFileInfo SetBasicInfo(WinFspBasicInfo change)
    {
        _setTimes |= change.LastWriteTime is not null;
        return Info(
            nameof(SetBasicInfo),
            info => _volume.Table.SetBasicInfo(
                _context,
                change.Attributes is { } attributes ? (uint)attributes : uint.MaxValue,
                change.CreationTime?.Intervals ?? 0,
                change.LastAccessTime?.Intervals ?? 0,
                change.LastWriteTime?.Intervals ?? 0,
                change.ChangeTime?.Intervals ?? 0,
                (WinFspFileInfo*)info));
    }

    /// <summary>Sets the size (SetEndOfFile).</summary>
    public unsafe WinFspFileInfo SetSize(ulong size)
    {
        _modified = true;
        return Info(nameof(SetSize), info => _volume.Table.SetFileSize(_context, size, allocation: false, (WinFspFileInfo*)info));
    }

    /// <summary>Sets the bytes reserved.</summary>
    public unsafe WinFspFileInfo SetAllocationSize(ulong size) =>
        Info(nameof(SetAllocationSize), info => _volume.Table.SetFileSize(_context, size, allocation: true, (WinFspFileInfo*)info));

    /// <summary>Says that it is to be deleted when closed, or not after all.</summary>
    /// <param name="delete">Whether.</param>
    /// <param name="posix">Whether with this handle, or with the last.</param>
    public void SetDelete(bool delete, bool posix = true)
    {
        bool ignored = _volume.Options.SetDeleteWhenNecessaryOnly && !Node.IsDirectory;
        if (delete && (GetInfo().Attributes & FileAttributes.ReadOnly) != 0)
        {
            throw new DriverException(nameof(SetDelete), NtStatus.CannotDelete);
        }

        string name = Name;
        NtStatus status = ignored ? NtStatus.Success : _volume.Call(() => _volume.Table.SetDelete(_context, name, delete));
        DriverException.Check(nameof(SetDelete), status);
        _volume.Nodes.SetDeletePending(this, delete);
        PosixDelete = delete && posix && _volume.Options.PosixUnlinkRename;
    }

    /// <summary>Renames, with all that is below.</summary>
    public void Rename(string newName, bool replace = false, bool posix = true)
    {
        string name = Name;
        DriverException.Check(nameof(Rename), _volume.Nodes.CheckRename(Node, newName, posix && _volume.Options.PosixUnlinkRename));
        if (replace)
        {
            NtStatus target = _volume.Call(() => _volume.GetSecurityByName(newName, out _));
            if (target is not (NtStatus.Success or NtStatus.ObjectNameNotFound or NtStatus.ObjectPathNotFound))
            {
                throw new DriverException(nameof(Rename), target);
            }
        }

        // Only a rename that may replace carries the token of its process.
        uint process = replace ? (uint)Environment.ProcessId : 0;
        NtStatus status = RequestThread.Call(
            _volume.Library.NextHint(), process, () => _volume.Table.Rename(_context, name, newName, replace));
        DriverException.Check(nameof(Rename), status);
        _volume.Nodes.Rename(Node, newName);
    }

    /// <summary>The security descriptor.</summary>
    public unsafe byte[] GetSecurity()
    {
        using var memory = new GuardedMemory(ResponseRoom);
        nuint size = ResponseRoom;
        nuint* answer = &size;
        DriverException.Check(nameof(GetSecurity), _volume.Call(() => _volume.Table.GetSecurity(_context, memory.Address, answer)));
        return memory.Span[..(int)size].ToArray();
    }

    /// <summary>Changes parts of the security descriptor.</summary>
    public unsafe void SetSecurity(SecurityInformation parts, ReadOnlySpan<byte> descriptor)
    {
        using var memory = new GuardedMemory(descriptor);
        DriverException.Check(nameof(SetSecurity), _volume.Call(() => _volume.Table.SetSecurity(_context, (uint)parts, memory.Address)));
    }

    /// <summary>DeviceIoControl.</summary>
    public unsafe byte[] Control(uint code, ReadOnlySpan<byte> input, int outputLength)
    {
        if (!_volume.Table.Has(25))
        {
            throw new DriverException(nameof(Control), NtStatus.InvalidDeviceRequest);
        }

        using var memory = new GuardedMemory(input);
        using var output = new GuardedMemory(outputLength);
        int inputLength = input.Length;
        uint transferred = 0;
        uint* answer = &transferred;
        NtStatus status = _volume.Call(() => _volume.Table.Control(
            _context, code, memory.Address, (uint)inputLength, output.Address, (uint)outputLength, answer));
        DriverException.Check(nameof(Control), status == NtStatus.BufferOverflow ? NtStatus.BufferTooSmall : status);
        return output.Span[..(int)transferred].ToArray();
    }

    /// <summary>All extended attributes.</summary>
    public unsafe IReadOnlyList<WinFspExtendedAttribute> GetExtendedAttributes()
    {
        using var memory = new GuardedMemory(ResponseRoom);
        uint transferred = 0;
        uint* answer = &transferred;
        NtStatus status = _volume.Call(() => _volume.Table.GetEa(_context, memory.Address, ResponseRoom, answer));
        DriverException.Check(
            nameof(GetExtendedAttributes), status == NtStatus.BufferOverflow ? NtStatus.EaListInconsistent : status);
        return ExtendedAttributeList.TryRead(memory.Span[..(int)transferred], out List<WinFspExtendedAttribute> attributes)
            ? attributes
            : throw new DriverException(nameof(GetExtendedAttributes), NtStatus.EaListInconsistent);
    }

    /// <summary>Sets extended attributes.</summary>
    public unsafe WinFspFileInfo SetExtendedAttributes(params IReadOnlyList<WinFspExtendedAttribute> attributes)
    {
        using GuardedMemory memory = ToList(attributes);
        return Info(
            nameof(SetExtendedAttributes),
            info => _volume.Table.SetEa(_context, memory.Address, (uint)memory.Span.Length, (WinFspFileInfo*)info));
    }

    internal static GuardedMemory ToList(IReadOnlyList<WinFspExtendedAttribute> attributes)
    {
        var list = new byte[ResponseRoom];
        return new GuardedMemory(list.AsSpan(0, ExtendedAttributeList.Write(attributes, list)));
    }

    /// <summary>Truncates it after it was opened to be overwritten; when that fails, the DLL closes it.</summary>
    internal unsafe void Overwrite(DriverOpen how)
    {
        using GuardedMemory extended = ToList(how.ExtendedAttributes);
        try
        {
            OpenedInfo = Info(
                nameof(Overwrite),
                info => _volume.Table.OverwriteEx(
                    _context,
                    (uint)(how.Attributes & ~FileAttributes.Normal),
                    how.Disposition == CreateDisposition.Supersede,
                    how.AllocationSize,
                    extended.Span.IsEmpty ? null : extended.Address,
                    (uint)extended.Span.Length,
                    (WinFspFileInfo*)info));
            _modified = true;
        }
        catch (DriverException)
        {
            _cleaned = true;
            _volume.Nodes.Cleanup(this);
            Close();
            throw;
        }
    }

    private unsafe WinFspFileInfo Info(string operation, Func<nint, NtStatus> call)
    {
        WinFspFileInfo info = default;
        nint address = (nint)(&info);
        DriverException.Check(operation, _volume.Call(() => call(address)));
        return info;
    }
}
