using System.Diagnostics;
using BackupFs.Mount.Windows.Tests.Mounting;
using BackupFs.Storage;
using BackupFs.WinFsp;
using BackupFs.WinFsp.Driver;

namespace BackupFs.Mount.Windows.Tests;

/// <summary>What closing a handle does, which cannot fail on Windows.</summary>
public sealed class ClosingTests
{
    [Fact]
    [Promise("windows-close")]
    public async Task Closing_a_handle_waits_until_the_file_is_stored()
    {
        var stored = new TaskCompletionSource();
        var faults = new FaultPlan();
        faults.Add(new Fault { Operation = "File.Flush", Path = path => path == "f", Until = stored.Task });
        await using var mount = await WindowsMount.BegunAsync(faults: faults);
        var file = mount.Volume.CreateFile(@"\d\b.partial\f");
        file.Write(0, "x"u8);
        var closing = Task.Run(file.Dispose);
        await EventuallyAsync(() => faults.CallsOf("File.Flush") == 1);
        Assert.False(closing.IsCompleted);
        stored.SetResult();
        await closing;
        mount.Volume.Rename(@"\d\b.partial", @"\d\b");
    }

    [Fact]
    [Promise("windows-close-error")]
    public async Task What_the_storage_refuses_at_the_close_makes_the_backup_fail()
    {
        var faults = new FaultPlan();
        faults.Fail("File.Flush", StorageErrorKind.NoSpace, "f");
        await using var mount = await WindowsMount.BegunAsync(faults: faults);
        mount.Volume.WriteAllBytes(@"\d\b.partial\f", "x"u8);
        Assert.Equal("failed", mount.State(@"\d\b.partial"));
        Assert.Contains("f", mount.Error(@"\d\b.partial\f"), StringComparison.Ordinal);
        Assert.Equal(NtStatus.IoDeviceError, DriverException.StatusOf(() => mount.Volume.Rename(@"\d\b.partial", @"\d\b")));
        Assert.Contains("f", Assert.Throws<MountException>(() => mount.End(@"\d\b.partial")).Message, StringComparison.Ordinal);
        faults.Clear();
        Assert.Equal(NtStatus.IoDeviceError, DriverException.StatusOf(() => mount.Volume.Rename(@"\d\b.partial", @"\d\b")));
        using (var file = mount.Volume.Create(@"\d\b.partial\f", ProgramOpens.Save))
        {
            file.Write(0, "y"u8);
        }

        mount.Volume.Rename(@"\d\b.partial", @"\d\b");
        Assert.Equal("y"u8.ToArray(), (await StoredFiles.OfAsync(mount.Storage, "d", "b"))["f"]);
    }

    [Fact]
    [Promise("windows-write-error")]
    public async Task What_the_storage_refuses_before_the_close_is_told_at_once_and_again_by_a_flush()
    {
        var faults = new FaultPlan();
        await using var mount = await WindowsMount.BegunAsync(faults: faults);
        using (var file = mount.Volume.CreateFile(@"\d\b.partial\f"))
        {
            file.Write(0, "x"u8);
            faults.Fail("File.Write", StorageErrorKind.NoSpace, "f", times: 1);
            Assert.Equal(NtStatus.DiskFull, DriverException.StatusOf(() => file.Write(1, "y"u8)));
            Assert.Equal(NtStatus.DiskFull, DriverException.StatusOf(() => file.Flush()));
            faults.Fail("File.SetAttributes", StorageErrorKind.QuotaExceeded, "f", times: 1);
            Assert.Equal(NtStatus.DiskQuotaExceeded, DriverException.StatusOf(() => file.SetSize(100)));
        }

        Assert.Equal("failed", mount.State(@"\d\b.partial"));
        Assert.Equal(NtStatus.IoDeviceError, DriverException.StatusOf(() => mount.Volume.Rename(@"\d\b.partial", @"\d\b")));
        mount.Volume.Delete(@"\d\b.partial\f");
        mount.Volume.Rename(@"\d\b.partial", @"\d\b");
    }

    [Fact]
    [Promise("windows-late-writes")]
    public async Task Pages_of_a_mapping_that_are_written_after_the_close_are_in_the_backup()
    {
        await using var mount = await WindowsMount.BegunAsync();
        var file = mount.Volume.CreateFile(@"\d\b.partial\f");
        file.Write(0, new byte[100]);
        file.Cleanup();
        var page = new byte[4096];
        page.AsSpan().Fill(7);
        Assert.Equal(100, file.WritePage(0, page));
        Assert.Equal(0, file.WritePage(4096, page));
        var ending = Task.Run(() => mount.End(@"\d\b.partial"));
        file.Close();
        await ending;
        Assert.Equal(page[..100], (await StoredFiles.OfAsync(mount.Storage, "d", "b"))["f"]);
    }

    [Fact]
    [Promise("windows-times")]
    public async Task A_time_that_a_program_set_stays_although_it_writes_on()
    {
        await using var mount = await WindowsMount.BegunAsync();
        var time = WinFspTime.From(new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero));
        using (var file = mount.Volume.CreateFile(@"\d\b.partial\f"))
        {
            file.Write(0, "x"u8);
            var set = file.SetBasicInfo(new WinFspBasicInfo(null, time, time, time, null));
            Assert.Equal(time, set.LastWriteTime);

            // -1 leaves a time, and tells the file system not to change it by itself.
            file.SetBasicInfo(new WinFspBasicInfo(null, null, null, new WinFspTime(ulong.MaxValue), null));
            file.Write(1, "y"u8);
        }

        using (var file = mount.Volume.Create(@"\d\b.partial\f", ProgramOpens.Read))
        {
            Assert.Equal(time, file.GetInfo().LastWriteTime);
            Assert.True(file.GetInfo().CreationTime.IsSet);
        }

        mount.Volume.Rename(@"\d\b.partial", @"\d\b");
        var stored = await StoredFiles.EntryAsync(mount.Storage, "d", "b", "f");
        Assert.Equal(time.ToUnix().Seconds, stored.ModifyTime.Seconds);
    }

    [Fact]
    public async Task Every_open_and_every_reference_is_given_back()
    {
        await using var mount = await WindowsMount.BegunAsync();
        mount.Volume.CreateDirectory(@"\d\b.partial\Sub");
        mount.Volume.WriteAllBytes(@"\d\b.partial\sub\f", "x"u8);
        DriverException.StatusOf(() => mount.Volume.Open(@"\d\b.partial\sub\gone\deeper"));
        DriverException.StatusOf(() => mount.Volume.CreateFile(@"\d\b.partial\SUB\F"));
        DriverException.StatusOf(() => mount.Volume.CreateFile(@"\d\NUL"));
        mount.Volume.Rename(@"\d\b.partial\sub\f", @"\d\b.partial\g");
        mount.Volume.Delete(@"\d\b.partial\g");
        mount.Volume.Names(@"\d\b.partial");
        var left = mount.Volume.CreateFile(@"\d\b.partial\left");
        left.Write(0, "x"u8);
        await mount.Session.DisposeAsync();
        Assert.Equal(1, mount.FileSystem.Inodes.Count);
    }

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMinutes(1), "it never came");
            await Task.Delay(10);
        }
    }
}
