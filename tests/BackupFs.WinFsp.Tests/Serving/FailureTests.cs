using BackupFs.WinFsp.Driver;
using BackupFs.WinFsp.Layout;
using BackupFs.WinFsp.Tests.Memory;
using Microsoft.Extensions.Logging;

namespace BackupFs.WinFsp.Tests.Serving;

public class FailureTests
{
    private readonly MemoryOperations _operations = new();
    private readonly LogLines _log = new();

    [Fact]
    public async Task An_exception_in_an_operation_is_one_status_and_one_line()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations, new WinFspVolumeOptions { ExtendedAttributes = true }, _log);
        DriverFile file = volume.CreateFile(@"\a");
        using DriverFile root = volume.OpenDirectory(@"\");
        (string Operation, Action Action)[] cases =
        [
            ("GetVolumeInfo", () => volume.GetInfo()),
            ("SetVolumeLabel", () => volume.SetLabel("x")),
            ("GetSecurityByName", () => volume.Open(@"\a")),
            ("Create", () => volume.CreateFile(@"\new")),
            ("Open", () => volume.Open(@"\a")),
            ("Overwrite", () => volume.WriteAllBytes(@"\a", "x"u8)),
            ("Read", () => file.Read(0, 1)),
            ("Write", () => file.Write(0, "x"u8)),
            ("Flush", () => file.Flush()),
            ("FlushVolume", volume.Flush),
            ("GetFileInfo", () => file.GetInfo()),
            ("SetBasicInfo", () => file.SetBasicInfo(default)),
            ("SetFileSize", () => file.SetSize(1)),
            ("SetAllocationSize", () => file.SetAllocationSize(1)),
            ("SetDelete", () => file.SetDelete(true)),
            ("Rename", () => file.Rename(@"\b")),
            ("GetSecurity", () => file.GetSecurity()),
            ("SetSecurity", () => file.SetSecurity(SecurityInformation.Owner, file.GetSecurity())),
            ("ReadDirectory", () => root.List()),
            ("GetDirInfoByName", () => root.Find("a")),
            ("Control", () => file.Control(MemoryOperations.Rot13, "x"u8, 1)),
            ("GetExtendedAttributes", () => file.GetExtendedAttributes()),
            ("SetExtendedAttributes", () => file.SetExtendedAttributes(new WinFspExtendedAttribute("A", new byte[] { 1 }))),
        ];
        foreach ((string operation, Action action) in cases)
        {
            _log.Lines.Clear();
            var thrown = new InvalidOperationException(operation);
            _operations.Before = name => name == operation ? throw thrown : Task.CompletedTask;
            Assert.Equal(NtStatus.UnexpectedIoError, DriverException.StatusOf(action));
            (LogLevel level, string text, Exception? exception) = Assert.Single(_log.Lines);
            Assert.Equal((LogLevel.Error, thrown), (level, exception));
            Assert.Contains(nameof(NtStatus.UnexpectedIoError), text, StringComparison.Ordinal);
        }

        // Those that cannot fail.
        _log.Lines.Clear();
        _operations.Before = _ => throw new InvalidOperationException();
        file.Dispose();
        Assert.Equal(2, _log.Lines.Count);
        Assert.Equal(1, volume.Session.OpenFiles);
        _operations.Before = _ => Task.CompletedTask;
    }

    [Fact]
    public async Task A_handle_that_is_not_open_is_refused_by_every_operation()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations, new WinFspVolumeOptions { ExtendedAttributes = true }, _log);
        DriverFile file = volume.CreateFile(@"\a");
        nint stale = file.Context;
        file.Dispose();
        _operations.Calls.Clear();
        foreach (nint context in (nint[])[stale, 12345, -1])
        {
            CallAll(volume.Table, context);
        }

        Assert.Empty(_operations.Calls);
        Assert.DoesNotContain(_log.Lines, line => line.Exception is not null);
    }

    [Fact]
    public async Task A_number_is_not_used_again()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        using DriverFile first = volume.CreateFile(@"\a");
        nint number = first.Context;
        first.Dispose();
        using DriverFile second = volume.Open(@"\a");
        Assert.NotEqual(number, second.Context);
        Assert.NotEqual(0, second.Context);
    }

    [Fact]
    public async Task A_call_for_a_volume_that_is_not_mounted_is_refused()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        Call(new OperationTable(volume.Library.TableAddress, 0x42));
        Assert.Empty(_operations.Calls);
        Assert.Equal(0, _operations.Stops);

        static unsafe void Call(OperationTable elsewhere)
        {
            VolumeInfo info = default;
            Assert.Equal(NtStatus.InvalidDeviceRequest, elsewhere.GetVolumeInfo(&info));
            elsewhere.Close(1);
            elsewhere.DispatcherStopped(normally: true);
        }
    }

    [Fact]
    public async Task Extended_attributes_that_are_malformed_are_refused()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations, new WinFspVolumeOptions { ExtendedAttributes = true });
        using DriverFile file = volume.CreateFile(@"\a");
        Assert.Equal(NtStatus.EaListInconsistent, Set(volume.Table, file.Context));
        Assert.DoesNotContain("SetExtendedAttributes", _operations.Calls);

        static unsafe NtStatus Set(OperationTable table, nint context)
        {
            WinFspFileInfo info;
            using var list = new GuardedMemory(new byte[4]);
            return table.SetEa(context, list.Address, 4, &info);
        }
    }

    [Fact]
    public async Task A_reparse_point_is_not_created()
    {
        await using DriverVolume volume = await DriverVolume.MountAsync(_operations);
        Assert.Equal(NtStatus.NotSupported, Create(volume.Table));
        Assert.False(volume.Exists(@"\link"));

        static unsafe NtStatus Create(OperationTable table)
        {
            nint context;
            OpenFileInfo info;
            using var data = new GuardedMemory(new byte[8]);
            return table.CreateEx(@"\link", 0, 0, 0, null, 0, data.Address, 8, extraIsReparsePoint: true, &context, &info);
        }
    }

    private static unsafe void CallAll(OperationTable table, nint context)
    {
        WinFspFileInfo info;
        uint transferred;
        nuint size = 100;
        using var memory = new GuardedMemory(200);
        NtStatus[] answers =
        [
            table.Read(context, memory.Address, 0, 10, &transferred),
            table.Write(context, memory.Address, 0, 10, false, false, &transferred, &info),
            table.Flush(context, &info),
            table.GetFileInfo(context, &info),
            table.SetBasicInfo(context, 0, 0, 0, 0, 0, &info),
            table.SetFileSize(context, 0, true, &info),
            table.Rename(context, "\\a", "\\b", true),
            table.GetSecurity(context, memory.Address, &size),
            table.SetSecurity(context, 1, memory.Address),
            table.ReadDirectory(context, null, null, memory.Address, 200, &transferred),
            table.GetDirInfoByName(context, "a", memory.Address),
            table.Control(context, 1, memory.Address, 1, memory.Address, 1, &transferred),
            table.SetDelete(context, "\\a", true),
            table.OverwriteEx(context, 0, false, 0, null, 0, &info),
            table.GetEa(context, memory.Address, 100, &transferred),
            table.SetEa(context, memory.Address, 0, &info),
        ];
        table.Cleanup(context, null, 0);
        table.Close(context);
        Assert.All(answers, answer => Assert.Equal(NtStatus.InvalidHandle, answer));
        Assert.True(memory.IsUntouched);
    }
}
