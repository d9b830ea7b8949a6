namespace BackupFs.Storage.File.Interop;

/// <summary>The kernel's codes for kinds of files.</summary>
internal static class FileTypes
{
    private const int TypeMask = 0xF000;

    /// <summary>From the type bits of a mode (S_IFMT).</summary>
    public static EntryType FromMode(int mode) => (mode & TypeMask) switch
    {
        0x4000 => EntryType.Directory,
        0xA000 => EntryType.SymbolicLink,
        0x1000 => EntryType.Fifo,
        0xC000 => EntryType.Socket,
        0x6000 => EntryType.BlockDevice,
        0x2000 => EntryType.CharacterDevice,
        _ => EntryType.File,
    };

    /// <summary>The type bits of a mode.</summary>
    public static int ToMode(EntryType type) => type switch
    {
        EntryType.File => 0x8000,
        EntryType.Directory => 0x4000,
        EntryType.SymbolicLink => 0xA000,
        EntryType.Fifo => 0x1000,
        EntryType.Socket => 0xC000,
        EntryType.BlockDevice => 0x6000,
        EntryType.CharacterDevice => 0x2000,
    };

    /// <summary>From d_type of a directory entry; null for DT_UNKNOWN.</summary>
    public static EntryType? FromDirectoryEntry(byte type) => type == 0 ? null : FromMode(type << 12);

    /// <summary>The contract's attributes.</summary>
    public static EntryAttributes ToAttributes(in StatxBuffer native)
    {
        var type = FromMode(native.Mode);
        return new EntryAttributes
        {
            Type = type,
            FileId = native.Inode,
            Mode = native.Mode & 0xFFF,
            UserId = native.UserId,
            GroupId = native.GroupId,
            Links = native.Links,
            Size = (long)native.Size,
            AllocatedBytes = (long)native.Blocks * 512,
            Device = type is EntryType.BlockDevice or EntryType.CharacterDevice
                ? EncodeDevice(native.DeviceMajor, native.DeviceMinor)
                : 0,
            AccessTime = native.AccessTime.ToTimestamp(),
            ModifyTime = native.ModifyTime.ToTimestamp(),
            ChangeTime = native.ChangeTime.ToTimestamp(),
            BirthTime = native.BirthTime.ToTimestamp(),
        };
    }

    /// <summary>As new_encode_dev of the kernel (include/linux/kdev_t.h).</summary>
    private static uint EncodeDevice(uint major, uint minor) => (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
}
