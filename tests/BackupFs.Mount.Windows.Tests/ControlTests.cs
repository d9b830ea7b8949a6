using System.Text;
using BackupFs.FileSystem;
using BackupFs.Mount.Windows.Tests.Mounting;
using BackupFs.WinFsp;
using BackupFs.WinFsp.Driver;

namespace BackupFs.Mount.Windows.Tests;

/// <summary>What verbs ask of a mount, and how it ends.</summary>
public sealed class ControlTests
{
    [Fact]
    [Promise("windows-control")]
    public async Task A_path_is_found_in_its_mount()
    {
        await using var mount = await WindowsMount.BegunAsync();
        mount.Volume.CreateDirectory(@"\d\b.partial\Sub");
        var found = mount.Control.Find(@"X:\d\B.PARTIAL\sub");
        Assert.Equal(("X:", "d/b.partial/Sub"), (found?.MountPoint, found?.RelativePath));
        Assert.Equal("", mount.Control.Find(@"X:\")?.RelativePath);
        Assert.Null(mount.Control.Find(@"Y:\somewhere"));
        Assert.Contains("does not exist", Assert.Throws<MountException>(() => mount.Control.Find(@"X:\d\gone")).Message, StringComparison.Ordinal);
        Assert.False(mount.Control.IsDead(@"X:\"));
    }

    [Fact]
    [Promise("windows-control")]
    public async Task An_answer_longer_than_a_transfer_arrives_whole()
    {
        const int Files = 80;
        await using var mount = await WindowsMount.BegunAsync();
        foreach (var i in Enumerable.Range(0, Files))
        {
            var process = mount.Processes.Start();
            var file = mount.Volume.Create(
                $@"\d\b.partial\a file with a rather long name, {new string('x', 60)} {i}", ProgramOpens.Save with { ProcessId = process.Id });
            process.BeginEnd(3);
            file.Dispose();
            process.End();
        }

        string text = "";
        for (var tries = 0; text.Split('\n').Length != Files && tries < 500; tries++)
        {
            text = mount.Error(@"\d\b.partial") ?? "";
            await Task.Delay(10);
        }

        Assert.Equal(Files, text.Split('\n').Length);
        Assert.True(text.Length > ControlProtocol.LongestTransfer);
        Assert.Equal(text, Assert.Throws<MountException>(() => mount.End(@"\d\b.partial")).Message[@"'X:\d\b.partial': ".Length..]);
    }

    [Fact]
    [Promise("windows-control")]
    public async Task Commands_take_the_right_to_write_attributes()
    {
        await using var mount = await WindowsMount.BegunAsync();
        using var reader = mount.Volume.Create(
            @"\d\b.partial", new DriverOpen { Access = FileAccessRights.ReadAttributes | FileAccessRights.Synchronize });
        var question = ControlProtocol.Write((byte)ControlQuestion.Set, ControlAttributes.State, "complete");
        var answer = reader.Control(ControlProtocol.Ask, question, ControlProtocol.LongestTransfer);
        var (outcome, parts) = ControlProtocol.Read(answer.AsSpan(ControlProtocol.LengthSize));
        Assert.Equal((ControlOutcome.Refused, "permission denied"), ((ControlOutcome)outcome, Assert.Single(parts)));
        Assert.Equal("open", mount.State(@"\d\b.partial"));
        Assert.Equal(NtStatus.InvalidDeviceRequest, DriverException.StatusOf(() => reader.Control(0x80000000, [], 100)));
        Assert.Equal(NtStatus.BufferTooSmall, DriverException.StatusOf(() => reader.Control(ControlProtocol.Ask, question, 2)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\u0009")]
    [InlineData("\u0003user.other\0value")]
    [InlineData("\u0003user.backupfs.state")]
    [InlineData("\u0004lazy")]
    public async Task Questions_that_make_no_sense_are_refused(string question)
    {
        await using var mount = await WindowsMount.BegunAsync();
        using var file = mount.Volume.OpenDirectory(@"\d\b.partial");
        var answer = file.Control(ControlProtocol.Ask, Encoding.UTF8.GetBytes(question), ControlProtocol.LongestTransfer);
        Assert.Equal((byte)ControlOutcome.Refused, answer[ControlProtocol.LengthSize]);
        Assert.False(mount.Session.Ended.IsCompleted);
    }

    [Fact]
    [Promise("windows-unmount")]
    public async Task An_unmount_is_refused_while_files_are_open()
    {
        await using var mount = await WindowsMount.BegunAsync();
        var file = mount.Volume.CreateFile(@"\d\b.partial\f");
        Assert.Contains("1 files are open", Assert.Throws<MountException>(() => mount.Control.Unmount("X:", lazy: false)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<MountException>(async () => await mount.Session.UnmountAsync(lazy: false, default));
        file.Dispose();
        mount.Control.Unmount("X:", lazy: false);
        await mount.Session.Ended.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Throws<MountException>(() => mount.Control.Find(@"X:\"));
    }

    [Fact]
    [Promise("windows-unmount")]
    public async Task A_lazy_unmount_and_the_end_of_the_driver_close_what_is_open()
    {
        await using var lazy = await WindowsMount.BegunAsync();
        lazy.Volume.CreateFile(@"\d\b.partial\f").Write(0, "x"u8);
        lazy.Control.Unmount("X:", lazy: true);
        await lazy.Session.Ended.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(1, lazy.FileSystem.Inodes.Count);

        await using var stopped = await WindowsMount.BegunAsync();
        stopped.Volume.CreateFile(@"\d\b.partial\f").Write(0, "x"u8);
        stopped.Volume.StopFromOutside();
        await stopped.Session.Ended.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(1, stopped.FileSystem.Inodes.Count);
    }
}
