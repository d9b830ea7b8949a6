using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BackupFs.WinFsp.Layout;

namespace BackupFs.WinFsp.Tests.Layout;

/// <summary>Sizes and offsets as the headers winfsp/fsctl.h and winfsp/winfsp.h define them for 64 bits.</summary>
public class StructLayoutTests
{
    private const int SizeOfVolumeParams0 = 456; // without the time-outs of later versions

    [Fact]
    public void Sizes_are_those_that_the_headers_assert()
    {
        Assert.Equal(504, Unsafe.SizeOf<VolumeParams>());
        Assert.Equal(88, Unsafe.SizeOf<VolumeInfo>());
        Assert.Equal(72, Unsafe.SizeOf<WinFspFileInfo>());
        Assert.Equal(128, Unsafe.SizeOf<TransactResponse>());
        Assert.Equal(16, Unsafe.SizeOf<TransactRequest>());
        Assert.Equal(2 * nint.Size, Unsafe.SizeOf<OperationContext>());
        Assert.Equal(88, Unsafe.SizeOf<OpenFileInfo>());
        Assert.Equal(8, Unsafe.SizeOf<WinFspTime>());
    }

    [Theory]
    [InlineData(nameof(VolumeParams.Version), 0)]
    [InlineData(nameof(VolumeParams.SectorSize), 2)]
    [InlineData(nameof(VolumeParams.SectorsPerAllocationUnit), 4)]
    [InlineData(nameof(VolumeParams.MaxComponentLength), 6)]
    [InlineData(nameof(VolumeParams.VolumeCreationTime), 8)]
    [InlineData(nameof(VolumeParams.VolumeSerialNumber), 16)]
    [InlineData(nameof(VolumeParams.TransactTimeout), 20)]
    [InlineData(nameof(VolumeParams.IrpTimeout), 24)]
    [InlineData(nameof(VolumeParams.IrpCapacity), 28)]
    [InlineData(nameof(VolumeParams.FileInfoTimeout), 32)]
    [InlineData(nameof(VolumeParams.Flags), 36)]
    [InlineData(nameof(VolumeParams.Prefix), 40)]
    [InlineData(nameof(VolumeParams.FileSystemName), 424)]
    [InlineData(nameof(VolumeParams.Timeouts), SizeOfVolumeParams0)]
    [InlineData(nameof(VolumeParams.VolumeInfoTimeout), 460)]
    [InlineData(nameof(VolumeParams.DirectoryInfoTimeout), 464)]
    [InlineData(nameof(VolumeParams.SecurityTimeout), 468)]
    [InlineData(nameof(VolumeParams.StreamInfoTimeout), 472)]
    [InlineData(nameof(VolumeParams.ExtendedAttributesTimeout), 476)]
    [InlineData(nameof(VolumeParams.FsextControlCode), 480)]
    [InlineData(nameof(VolumeParams.Reserved32), 484)]
    [InlineData(nameof(VolumeParams.Reserved64), 488)]
    [InlineData(nameof(VolumeParams.Reserved64Second), 496)]
    public void Volume_parameters_lie_where_the_driver_reads_them(string field, int offset) =>
        Assert.Equal(offset, OffsetsOfVolumeParams()[field]);

    [Theory]
    [InlineData(nameof(VolumeInfo.TotalSize), 0)]
    [InlineData(nameof(VolumeInfo.FreeSize), 8)]
    [InlineData(nameof(VolumeInfo.LabelLength), 16)]
    [InlineData(nameof(VolumeInfo.Label), 18)]
    public void Volume_information_lies_where_the_driver_reads_it(string field, int offset) =>
        Assert.Equal(offset, OffsetsOfVolumeInfo()[field]);

    [Theory]
    [InlineData(nameof(TransactResponse.Version), 0)]
    [InlineData(nameof(TransactResponse.Size), 2)]
    [InlineData(nameof(TransactResponse.Kind), 4)]
    [InlineData(nameof(TransactResponse.Hint), 8)]
    [InlineData(nameof(TransactResponse.Information), 16)]
    [InlineData(nameof(TransactResponse.Status), 20)]
    [InlineData(nameof(TransactResponse.Info), 24)]
    public void Responses_lie_where_the_driver_reads_them(string field, int offset) =>
        Assert.Equal(offset, OffsetsOfTransactResponse()[field]);

    [Theory]
    [InlineData(nameof(OpenFileInfo.Info), 0)]
    [InlineData(nameof(OpenFileInfo.NormalizedName), 72)]
    [InlineData(nameof(OpenFileInfo.NormalizedNameSize), 80)]
    public void What_an_open_answers_lies_where_the_library_reads_it(string field, int offset) =>
        Assert.Equal(offset, OffsetsOfOpenFileInfo()[field]);

    [Fact]
    public void The_number_of_a_request_is_found_where_the_driver_writes_it() =>
        Assert.Equal(8, OffsetsOfTransactRequest()[nameof(TransactRequest.Hint)]);

    [Fact]
    public void The_rights_that_a_create_asks_for_are_found_where_the_driver_writes_them() =>
        Assert.Equal(48, OffsetOfDesiredAccess());

    [Fact]
    public void File_information_lies_where_the_driver_reads_it()
    {
        WinFspFileInfo info = new()
        {
            Attributes = (FileAttributes)0x11111111,
            ReparseTag = 0x22222222,
            AllocationSize = 0x3333333333333333,
            FileSize = 0x4444444444444444,
            CreationTime = new WinFspTime(0x5555555555555555),
            LastAccessTime = new WinFspTime(0x6666666666666666),
            LastWriteTime = new WinFspTime(0x7777777777777777),
            ChangeTime = new WinFspTime(0x8888888888888888),
            IndexNumber = 0x9999999999999999,
            EaSize = 0xAAAAAAAA,
        };
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<WinFspFileInfo>(in info));
        (int Offset, int Length, byte Value)[] fields =
        [
            (0, 4, 0x11), (4, 4, 0x22), (8, 8, 0x33), (16, 8, 0x44), (24, 8, 0x55), (32, 8, 0x66), (40, 8, 0x77), (48, 8, 0x88),
            (56, 8, 0x99), (64, 4, 0x00), (68, 4, 0xAA),
        ];
        foreach ((int offset, int length, byte value) in fields)
        {
            Assert.Equal(-1, bytes.Slice(offset, length).IndexOfAnyExcept(value));
        }
    }

    [Fact]
    public void A_directory_entry_lies_where_the_driver_reads_it()
    {
        var entry = new byte[DirectoryInfoEntry.SizeOf("ab")];
        Array.Fill(entry, (byte)0xFF);
        DirectoryInfoEntry.Write(new WinFspDirectoryEntry("ab", new WinFspFileInfo { Attributes = FileAttributes.Archive, EaSize = 7 }), entry);
        Assert.Equal(108, entry.Length);
        Assert.Equal([108, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0], entry[..12]);
        Assert.Equal([7, 0, 0, 0], entry[76..80]);
        Assert.Equal(new byte[24], entry[80..104]);
        Assert.Equal([(byte)'a', 0, (byte)'b', 0], entry[104..]);
    }

    private static unsafe Dictionary<string, int> OffsetsOfVolumeParams()
    {
        VolumeParams value = default;
        var start = (byte*)&value;
        return new Dictionary<string, int>
        {
            [nameof(VolumeParams.Version)] = (int)((byte*)&value.Version - start),
            [nameof(VolumeParams.SectorSize)] = (int)((byte*)&value.SectorSize - start),
            [nameof(VolumeParams.SectorsPerAllocationUnit)] = (int)((byte*)&value.SectorsPerAllocationUnit - start),
            [nameof(VolumeParams.MaxComponentLength)] = (int)((byte*)&value.MaxComponentLength - start),
            [nameof(VolumeParams.VolumeCreationTime)] = (int)((byte*)&value.VolumeCreationTime - start),
            [nameof(VolumeParams.VolumeSerialNumber)] = (int)((byte*)&value.VolumeSerialNumber - start),
            [nameof(VolumeParams.TransactTimeout)] = (int)((byte*)&value.TransactTimeout - start),
            [nameof(VolumeParams.IrpTimeout)] = (int)((byte*)&value.IrpTimeout - start),
            [nameof(VolumeParams.IrpCapacity)] = (int)((byte*)&value.IrpCapacity - start),
            [nameof(VolumeParams.FileInfoTimeout)] = (int)((byte*)&value.FileInfoTimeout - start),
            [nameof(VolumeParams.Flags)] = (int)((byte*)&value.Flags - start),
            [nameof(VolumeParams.Prefix)] = (int)((byte*)&value.Prefix - start),
            [nameof(VolumeParams.FileSystemName)] = (int)((byte*)&value.FileSystemName - start),
            [nameof(VolumeParams.Timeouts)] = (int)((byte*)&value.Timeouts - start),
            [nameof(VolumeParams.VolumeInfoTimeout)] = (int)((byte*)&value.VolumeInfoTimeout - start),
            [nameof(VolumeParams.DirectoryInfoTimeout)] = (int)((byte*)&value.DirectoryInfoTimeout - start),
            [nameof(VolumeParams.SecurityTimeout)] = (int)((byte*)&value.SecurityTimeout - start),
            [nameof(VolumeParams.StreamInfoTimeout)] = (int)((byte*)&value.StreamInfoTimeout - start),
            [nameof(VolumeParams.ExtendedAttributesTimeout)] = (int)((byte*)&value.ExtendedAttributesTimeout - start),
            [nameof(VolumeParams.FsextControlCode)] = (int)((byte*)&value.FsextControlCode - start),
            [nameof(VolumeParams.Reserved32)] = (int)((byte*)&value.Reserved32 - start),
            [nameof(VolumeParams.Reserved64)] = (int)((byte*)&value.Reserved64 - start),
            [nameof(VolumeParams.Reserved64Second)] = (int)((byte*)&value.Reserved64Second - start),
        };
    }

    private static unsafe Dictionary<string, int> OffsetsOfVolumeInfo()
    {
        VolumeInfo value = default;
        var start = (byte*)&value;
        return new Dictionary<string, int>
        {
            [nameof(VolumeInfo.TotalSize)] = (int)((byte*)&value.TotalSize - start),
            [nameof(VolumeInfo.FreeSize)] = (int)((byte*)&value.FreeSize - start),
            [nameof(VolumeInfo.LabelLength)] = (int)((byte*)&value.LabelLength - start),
            [nameof(VolumeInfo.Label)] = (int)((byte*)&value.Label - start),
        };
    }

    private static unsafe Dictionary<string, int> OffsetsOfTransactResponse()
    {
        TransactResponse value = default;
        var start = (byte*)&value;
        return new Dictionary<string, int>
        {
            [nameof(TransactResponse.Version)] = (int)((byte*)&value.Version - start),
            [nameof(TransactResponse.Size)] = (int)((byte*)&value.Size - start),
            [nameof(TransactResponse.Kind)] = (int)((byte*)&value.Kind - start),
            [nameof(TransactResponse.Hint)] = (int)((byte*)&value.Hint - start),
            [nameof(TransactResponse.Information)] = (int)((byte*)&value.Information - start),
            [nameof(TransactResponse.Status)] = (int)((byte*)&value.Status - start),
            [nameof(TransactResponse.Info)] = (int)((byte*)&value.Info - start),
        };
    }

    private static unsafe Dictionary<string, int> OffsetsOfOpenFileInfo()
    {
        OpenFileInfo value = default;
        var start = (byte*)&value;
        return new Dictionary<string, int>
        {
            [nameof(OpenFileInfo.Info)] = (int)((byte*)&value.Info - start),
            [nameof(OpenFileInfo.NormalizedName)] = (int)((byte*)&value.NormalizedName - start),
            [nameof(OpenFileInfo.NormalizedNameSize)] = (int)((byte*)&value.NormalizedNameSize - start),
        };
    }

    private static unsafe int OffsetOfDesiredAccess()
    {
        TransactCreateRequest value = default;
        return (int)((byte*)&value.DesiredAccess - (byte*)&value);
    }

    private static unsafe Dictionary<string, int> OffsetsOfTransactRequest()
    {
        TransactRequest value = default;
        var start = (byte*)&value;
        return new Dictionary<string, int>
        {
            [nameof(TransactRequest.Version)] = (int)((byte*)&value.Version - start),
            [nameof(TransactRequest.Size)] = (int)((byte*)&value.Size - start),
            [nameof(TransactRequest.Kind)] = (int)((byte*)&value.Kind - start),
            [nameof(TransactRequest.Hint)] = (int)((byte*)&value.Hint - start),
        };
    }
}
