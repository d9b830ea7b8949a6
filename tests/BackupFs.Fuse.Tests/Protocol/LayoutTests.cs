using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BackupFs.Fuse.Protocol;

namespace BackupFs.Fuse.Tests.Protocol;

/// <summary>Sizes and offsets of linux/fuse.h, taken with sizeof and offsetof from 7.45.</summary>
public sealed class LayoutTests
{
    public static TheoryData<string, int> Sizes => new()
    {
        { nameof(InHeader), 40 }, { nameof(OutHeader), 16 }, { nameof(Attr), 88 }, { nameof(EntryOut), 128 },
        { nameof(AttrOut), 104 }, { nameof(OpenOut), 16 }, { nameof(InitIn), 64 }, { nameof(InitOut), 64 },
        { nameof(WriteIn), 40 }, { nameof(WriteOut), 8 }, { nameof(ReadIn), 40 }, { nameof(FlushIn), 24 },
        { nameof(ReleaseIn), 24 }, { nameof(SetattrIn), 88 }, { nameof(GetattrIn), 16 }, { nameof(CreateIn), 16 },
        { nameof(CreateOut), 144 }, { nameof(OpenIn), 8 }, { nameof(FsyncIn), 16 }, { nameof(StatxIn), 24 },
        { nameof(StatxOut), 288 }, { nameof(StatxTime), 16 }, { nameof(StatfsOut), 80 }, { nameof(CopyFileRangeIn), 56 },
        { nameof(BackingMap), 16 }, { nameof(Rename2In), 16 }, { nameof(FallocateIn), 32 }, { nameof(LseekIn), 24 },
        { nameof(InvalidateInode), 24 }, { nameof(InvalidateEntry), 16 }, { nameof(DeleteEntry), 24 },
        { nameof(DirectoryEntry), 24 }, { nameof(MknodIn), 16 }, { nameof(MkdirIn), 8 }, { nameof(ForgetOne), 16 },
        { nameof(BatchForgetIn), 8 }, { nameof(SetxattrIn), 16 }, { nameof(GetxattrIn), 8 }, { nameof(AccessIn), 8 },
    };

    public static TheoryData<string, string, int> Offsets => new()
    {
        { nameof(InHeader), nameof(InHeader.Unique), 8 },
        { nameof(InHeader), nameof(InHeader.Node), 16 },
        { nameof(InHeader), nameof(InHeader.UserId), 24 },
        { nameof(InHeader), nameof(InHeader.ProcessId), 32 },
        { nameof(InHeader), nameof(InHeader.ExtensionLength), 36 },
        { nameof(OutHeader), nameof(OutHeader.Error), 4 },
        { nameof(OutHeader), nameof(OutHeader.Unique), 8 },
        { nameof(Attr), nameof(Attr.AccessTime), 24 },
        { nameof(Attr), nameof(Attr.AccessNanoseconds), 48 },
        { nameof(Attr), nameof(Attr.Mode), 60 },
        { nameof(Attr), nameof(Attr.BlockSize), 80 },
        { nameof(EntryOut), nameof(EntryOut.AttributesValidSeconds), 24 },
        { nameof(EntryOut), nameof(EntryOut.Attributes), 40 },
        { nameof(AttrOut), nameof(AttrOut.Attributes), 16 },
        { nameof(OpenOut), nameof(OpenOut.OpenFlags), 8 },
        { nameof(OpenOut), nameof(OpenOut.BackingId), 12 },
        { nameof(CreateOut), nameof(CreateOut.Open), 128 },
        { nameof(InitIn), nameof(InitIn.Flags2), 16 },
        { nameof(InitOut), nameof(InitOut.MaxBackground), 16 },
        { nameof(InitOut), nameof(InitOut.MaxWrite), 20 },
        { nameof(InitOut), nameof(InitOut.MaxPages), 28 },
        { nameof(InitOut), nameof(InitOut.Flags2), 32 },
        { nameof(InitOut), nameof(InitOut.MaxStackDepth), 36 },
        { nameof(InitOut), nameof(InitOut.RequestTimeout), 40 },
        { nameof(WriteIn), nameof(WriteIn.WriteFlags), 20 },
        { nameof(WriteIn), nameof(WriteIn.LockOwner), 24 },
        { nameof(ReadIn), nameof(ReadIn.Size), 16 },
        { nameof(SetattrIn), nameof(SetattrIn.Size), 16 },
        { nameof(SetattrIn), nameof(SetattrIn.AccessTime), 32 },
        { nameof(SetattrIn), nameof(SetattrIn.Mode), 68 },
        { nameof(SetattrIn), nameof(SetattrIn.UserId), 76 },
        { nameof(StatxOut), nameof(StatxOut.Mask), 32 },
        { nameof(StatxOut), nameof(StatxOut.Mode), 60 },
        { nameof(StatxOut), nameof(StatxOut.Inode), 64 },
        { nameof(StatxOut), nameof(StatxOut.AccessTime), 96 },
        { nameof(StatxOut), nameof(StatxOut.RawDeviceMajor), 160 },
        { nameof(StatfsOut), nameof(StatfsOut.BlockSize), 40 },
        { nameof(StatfsOut), nameof(StatfsOut.FragmentSize), 48 },
        { nameof(FlushIn), nameof(FlushIn.LockOwner), 16 },
        { nameof(ReleaseIn), nameof(ReleaseIn.LockOwner), 16 },
        { nameof(DirectoryEntry), nameof(DirectoryEntry.Type), 20 },
        { nameof(InvalidateEntry), nameof(InvalidateEntry.Flags), 12 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Structures_have_the_size_of_the_kernel(string name, int size) => Assert.Equal(size, SizeOf(TypeOf(name)));

    [Theory]
    [MemberData(nameof(Offsets))]
    public void Fields_are_where_the_kernel_has_them(string name, string field, int offset) =>
        Assert.Equal(offset, (int)Marshal.OffsetOf(TypeOf(name), field));

    [Fact]
    public void Operation_numbers_are_those_of_the_kernel()
    {
        Assert.Equal(15u, (uint)FuseOpcode.Read);
        Assert.Equal(26u, (uint)FuseOpcode.Init);
        Assert.Equal(36u, (uint)FuseOpcode.Interrupt);
        Assert.Equal(45u, (uint)FuseOpcode.Rename2);
        Assert.Equal(52u, (uint)FuseOpcode.Statx);
        Assert.Equal(53u, (uint)FuseOpcode.CopyFileRange64);
    }

    private static Type TypeOf(string name) => typeof(InHeader).Assembly.GetType($"BackupFs.Fuse.Protocol.{name}", throwOnError: true)!;

    private static int SizeOf(Type type) =>
        (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;
}
