using System.Runtime.InteropServices;

namespace BackupFs.WinFsp;

/// <summary>What Windows knows of a file or directory (FSP_FSCTL_FILE_INFO).</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct WinFspFileInfo
{
    private readonly uint _attributes;
    private readonly uint _reparseTag;
    private readonly ulong _allocationSize;
    private readonly ulong _fileSize;
    private readonly WinFspTime _creationTime;
    private readonly WinFspTime _lastAccessTime;
    private readonly WinFspTime _lastWriteTime;
    private readonly WinFspTime _changeTime;
    private readonly ulong _indexNumber;
    private readonly uint _hardLinks; // WinFsp: not implemented, 0
    private readonly uint _eaSize;

    /// <summary>Its attributes. A file without any has <see cref="FileAttributes.Normal"/>.</summary>
    public FileAttributes Attributes
    {
        get => (FileAttributes)_attributes;
        init => _attributes = (uint)value;
    }

    /// <summary>What kind of reparse point it is; 0 for other files.</summary>
    public uint ReparseTag
    {
        get => _reparseTag;
        init => _reparseTag = value;
    }

    /// <summary>Bytes reserved: at least the size, a multiple of the allocation unit.</summary>
    public ulong AllocationSize
    {
        get => _allocationSize;
        init => _allocationSize = value;
    }

    /// <summary>Bytes up to the end of the file; 0 for directories.</summary>
    public ulong FileSize
    {
        get => _fileSize;
        init => _fileSize = value;
    }

    /// <summary>When it was created.</summary>
    public WinFspTime CreationTime
    {
        get => _creationTime;
        init => _creationTime = value;
    }

    /// <summary>When it was last read.</summary>
    public WinFspTime LastAccessTime
    {
        get => _lastAccessTime;
        init => _lastAccessTime = value;
    }

    /// <summary>When its content last changed.</summary>
    public WinFspTime LastWriteTime
    {
        get => _lastWriteTime;
        init => _lastWriteTime = value;
    }

    /// <summary>When its content or attributes last changed.</summary>
    public WinFspTime ChangeTime
    {
        get => _changeTime;
        init => _changeTime = value;
    }

    /// <summary>A number for the file that no other file of the volume has.</summary>
    public ulong IndexNumber
    {
        get => _indexNumber;
        init => _indexNumber = value;
    }

    /// <summary>Bytes of extended attributes: for each, 5 and the lengths of name and value.</summary>
    public uint EaSize
    {
        get => _eaSize;
        init => _eaSize = value;
    }
}
