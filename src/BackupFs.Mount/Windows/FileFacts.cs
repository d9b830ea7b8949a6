using BackupFs.FileSystem;
using BackupFs.Storage;
using BackupFs.WinFsp;

namespace BackupFs.Mount.Windows;

/// <summary>Attributes as Windows wants them.</summary>
internal static class FileFacts
{
    /// <summary>Bytes of an allocation unit.</summary>
    public const int AllocationUnit = 4096;

    private const int AnyoneWrites = 0x92;
    private const int OwnerWrites = 0x80;

    /// <summary>What Windows is told of an entry.</summary>
    public static WinFspFileInfo From(in EntryAttributes attributes)
    {
        // Of a special file there is nothing to read; a link's content is its target.
        var size = attributes.Type is EntryType.File or EntryType.SymbolicLink ? (ulong)attributes.Size : 0;
        var written = From(attributes.ModifyTime);
        return new WinFspFileInfo
        {
            Attributes = AttributesOf(attributes),
            FileSize = size,
            AllocationSize = (size + AllocationUnit - 1) / AllocationUnit * AllocationUnit,
            CreationTime = attributes.BirthTime == Timestamp.Epoch ? written : From(attributes.BirthTime),
            LastAccessTime = attributes.AccessTime == Timestamp.Epoch ? written : From(attributes.AccessTime),
            LastWriteTime = written,
            ChangeTime = From(attributes.ChangeTime),
            IndexNumber = attributes.FileId,
        };
    }

    /// <summary>A directory of which nothing else is known without asking a storage that is far away.</summary>
    public static WinFspFileInfo UnknownDirectory(ulong number) => new() { Attributes = FileAttributes.Directory, IndexNumber = number };

    /// <summary>Attributes of an entry.</summary>
    public static FileAttributes AttributesOf(in EntryAttributes attributes) => attributes.Type switch
    {
        // A read-only directory means something else to Explorer.
        EntryType.Directory => FileAttributes.Directory,
        EntryType.File => FileAttributes.Archive | ((attributes.Mode & AnyoneWrites) == 0 ? FileAttributes.ReadOnly : FileAttributes.None),
        EntryType.SymbolicLink or EntryType.Fifo or EntryType.Socket or EntryType.BlockDevice or EntryType.CharacterDevice =>
            FileAttributes.System,
    };

    /// <summary>The mode bits of something new.</summary>
    public static int ModeOf(FileAttributes attributes, bool isDirectory) =>
        isDirectory ? 0x1ED : (attributes & FileAttributes.ReadOnly) != 0 ? 0x124 : 0x1A4;

    /// <summary>The mode that a change of attributes makes of one; null if it stays.</summary>
    public static int? ModeAfter(int mode, FileAttributes attributes)
    {
        var isReadOnly = (mode & AnyoneWrites) == 0;
        var becomesReadOnly = (attributes & FileAttributes.ReadOnly) != 0;
        return isReadOnly == becomesReadOnly ? null : becomesReadOnly ? mode & ~AnyoneWrites : mode | OwnerWrites;
    }

    /// <summary>A time that a program set; null where it set none. Negative ones mean "leave it", and nothing is earlier.</summary>
    public static Timestamp? Set(WinFspTime? time)
    {
        if (time is not { Intervals: > 0 and <= long.MaxValue } set)
        {
            return null;
        }

        var (seconds, nanoseconds) = set.ToUnix();
        return new Timestamp(seconds, (uint)nanoseconds);
    }

    private static WinFspTime From(Timestamp time) => WinFspTime.FromUnix(time.Seconds, (int)time.Nanoseconds);
}
