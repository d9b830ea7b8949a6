using BackupFs.FileSystem;
using BackupFs.Mount.Semantics;
using BackupFs.Mount.Windows.Tests.Mounting;
using BackupFs.Storage;
using BackupFs.WinFsp;
using BackupFs.WinFsp.Driver;
using BackupFs.WinFsp.Security;

namespace BackupFs.Mount.Windows.Tests;

/// <summary>Attributes, special files, security, the volume.</summary>
public sealed class FileFactTests
{
    [Fact]
    [Promise("windows-attributes")]
    public async Task Read_only_is_a_mode_without_write_bits_and_other_attributes_are_not_kept()
    {
        await using var mount = await WindowsMount.BegunAsync();
        var readOnly = ProgramOpens.Save with { Attributes = FileAttributes.ReadOnly | FileAttributes.Hidden };
        mount.Volume.Create(@"\d\b.partial\made", readOnly).Dispose();
        mount.Volume.WriteAllBytes(@"\d\b.partial\set", "x"u8);
        mount.Volume.WriteAllBytes(@"\d\b.partial\unset", "x"u8);
        Set(@"\d\b.partial\set", FileAttributes.ReadOnly | FileAttributes.System);
        Set(@"\d\b.partial\unset", FileAttributes.ReadOnly);
        Set(@"\d\b.partial\unset", FileAttributes.Normal);
        Assert.Equal(FileAttributes.Archive | FileAttributes.ReadOnly, AttributesOf(@"\d\b.partial\made"));
        Assert.Equal(FileAttributes.Archive | FileAttributes.ReadOnly, AttributesOf(@"\d\b.partial\set"));
        Assert.Equal(FileAttributes.Archive, AttributesOf(@"\d\b.partial\unset"));
        Assert.Equal(NtStatus.AccessDenied, DriverException.StatusOf(() => mount.Volume.Create(@"\d\b.partial\set", ProgramOpens.Save)));
        mount.Volume.Rename(@"\d\b.partial", @"\d\b");

        // A complete backup is not read-only in this sense: its copies would be.
        Assert.Equal(FileAttributes.Archive, AttributesOf(@"\d\b\unset"));
        Assert.Equal(FileAttributes.Directory, AttributesOf(@"\d\b"));
        Assert.Equal(0x124, (await StoredFiles.EntryAsync(mount.Storage, "d", "b", "made")).Mode);
        Assert.Equal(0x124, (await StoredFiles.EntryAsync(mount.Storage, "d", "b", "set")).Mode);
        Assert.Equal(0x1A4, (await StoredFiles.EntryAsync(mount.Storage, "d", "b", "unset")).Mode);

        void Set(string name, FileAttributes attributes)
        {
            using var file = mount.Volume.Create(name, ProgramOpens.Attributes);
            file.SetBasicInfo(new WinFspBasicInfo(attributes, null, null, null, null));
        }

        FileAttributes AttributesOf(string name)
        {
            using var file = mount.Volume.Create(name, ProgramOpens.Attributes);
            return file.GetInfo().Attributes;
        }
    }

    [Fact]
    [Promise("windows-read-only")]
    public async Task A_complete_backup_is_write_protected()
    {
        await using var mount = await WindowsMount.BegunAsync();
        mount.Volume.WriteAllBytes(@"\d\b.partial\f", "x"u8);
        mount.Volume.Rename(@"\d\b.partial", @"\d\b");
        Refused(() => mount.Volume.CreateFile(@"\d\b\new"));
        Refused(() => mount.Volume.CreateDirectory(@"\d\b\new"));
        Refused(() => mount.Volume.Create(@"\d\b\f", ProgramOpens.ReadWrite));
        Refused(() => mount.Volume.Create(@"\d\b\f", ProgramOpens.Save));
        Refused(() => mount.Volume.Rename(@"\d\b\f", @"\d\b\g"));
        using var file = mount.Volume.Create(@"\d\b\f", ProgramOpens.Attributes);
        Refused(() => file.SetBasicInfo(new WinFspBasicInfo(FileAttributes.Hidden, null, null, null, null)));
        Refused(() => file.SetSecurity(SecurityInformation.Dacl, file.GetSecurity()));

        static void Refused(Action change) => Assert.Equal(NtStatus.MediaWriteProtected, DriverException.StatusOf(change));
    }

    [Fact]
    [Promise("windows-read-only")]
    public async Task Who_opens_a_file_of_a_complete_backup_for_whatever_may_be_done_reads_it()
    {
        var place = new FileTreeStorage();
        await place.PlantAsync("d", "b", new Dictionary<string, byte[]> { ["f"] = [1, 2, 3] });
        await using var mount = await WindowsMount.StartAsync(place);
        var whatever = new DriverOpen { Access = FileAccessRights.All, Desired = FileAccessRights.MaximumAllowed };
        using (var file = mount.Volume.Create(@"\d\b\f", whatever))
        {
            Assert.Equal([1, 2, 3], file.ReadToEnd());
            Assert.Equal(NtStatus.MediaWriteProtected, DriverException.StatusOf(() => file.Write(0, "x"u8)));
            Assert.Equal(NtStatus.MediaWriteProtected, DriverException.StatusOf(() => file.SetSize(0)));
        }

        var alsoWriting = whatever with { Desired = FileAccessRights.MaximumAllowed | FileAccessRights.WriteData };
        Assert.Equal(NtStatus.MediaWriteProtected, DriverException.StatusOf(() => mount.Volume.Create(@"\d\b\f", alsoWriting)));
        mount.Volume.CreateDirectory(@"\d\open");
        mount.Volume.WriteAllBytes(@"\d\open\f", "x"u8);
        using (var file = mount.Volume.Create(@"\d\open\f", whatever))
        {
            file.Write(0, "y"u8);
        }

        Assert.Equal("y"u8, mount.Volume.ReadAllBytes(@"\d\open\f"));
    }

    [Fact]
    [Promise("windows-special")]
    public async Task Links_are_files_with_the_target_as_text_and_pipes_are_empty()
    {
        var place = new FileTreeStorage();
        var storage = place.Open();
        using (var backup = await storage.StartBackupAsync("d", "linux", default))
        {
            var entry = new NewEntry(0x1FF);
            Assert.True((await backup.Tree.CreateSymbolicLinkAsync("link", "target/file"u8.ToArray(), entry, default)).IsOk);
            Assert.True((await backup.Tree.CreateNodeAsync("pipe", EntryType.Fifo, 0, entry, default)).IsOk);
            await backup.EndBackupAsync(BackupNotes.None, default);
        }

        await storage.CloseAsync(default);
        await using var mount = await WindowsMount.StartAsync(place);
        using var link = mount.Volume.Create(@"\d\linux\link", ProgramOpens.Read);
        using var pipe = mount.Volume.Create(@"\d\linux\pipe", ProgramOpens.Read);
        Assert.Equal("target/file"u8, link.ReadToEnd());
        Assert.Equal("file"u8, link.Read(7, 100));
        Assert.Equal((FileAttributes.System, 11UL), (link.GetInfo().Attributes, link.GetInfo().FileSize));
        Assert.Equal((FileAttributes.System, 0UL), (pipe.GetInfo().Attributes, pipe.GetInfo().FileSize));
        Assert.Empty(pipe.ReadToEnd());
        Assert.Equal(NtStatus.AccessDenied, DriverException.StatusOf(() => mount.Volume.Create(@"\d\linux\link", ProgramOpens.ReadWrite)));
    }

    [Fact]
    [Promise("windows-security")]
    public async Task Whoever_mounted_may_do_everything_and_others_nothing_unless_they_are_let_in()
    {
        AccessEntry[] closed =
        [
            new(true, WindowsMount.Owner, FileAccessRights.All),
            new(true, Sid.LocalSystem, FileAccessRights.All),
            new(true, Sid.Administrators, FileAccessRights.All),
        ];
        const FileAccessRights Reading = FileAccessRights.ReadData | FileAccessRights.ReadEa | FileAccessRights.ReadAttributes
            | FileAccessRights.ReadControl | FileAccessRights.Synchronize;
        const FileAccessRights Looking = FileAccessRights.ReadAttributes | FileAccessRights.ReadControl | FileAccessRights.Synchronize;

        await using (var mount = await WindowsMount.BegunAsync())
        {
            mount.Volume.WriteAllBytes(@"\d\b.partial\f", "x"u8);
            Assert.Equal(Descriptor(closed), SecurityOf(mount, @"\d\b.partial\f"));
            Assert.Equal(Descriptor(closed), SecurityOf(mount, @"\d"));
        }

        await using (var mount = await WindowsMount.StartAsync(mountOptions: options => options with { AllowOther = true }))
        {
            mount.Volume.CreateDirectory(@"\d");
            mount.Volume.CreateDirectory(@"\d\b");
            mount.Volume.WriteAllBytes(@"\d\b\f", "x"u8);
            Assert.Equal(Descriptor([.. closed, new(true, Sid.Everyone, Reading)]), SecurityOf(mount, @"\d\b\f"));
            Assert.Equal(
                Descriptor([.. closed, new(true, Sid.Everyone, Reading | FileAccessRights.Execute)]), SecurityOf(mount, @"\d\b"));
        }

        await using (var mount = await WindowsMount.StartAsync(mountOptions: options => options with { AllowOther = true, Umask = 0x3F }))
        {
            mount.Volume.CreateDirectory(@"\d");
            Assert.Equal(Descriptor([.. closed, new(true, Sid.Everyone, Looking)]), SecurityOf(mount, @"\d"));
        }

        static byte[] Descriptor(AccessEntry[] entries) => SecurityDescriptor.Build(WindowsMount.Owner, Sid.Users, entries);

        static byte[] SecurityOf(WindowsMount mount, string name)
        {
            using var file = mount.Volume.Create(name, ProgramOpens.Attributes);
            return file.GetSecurity();
        }
    }

    [Fact]
    [Promise("windows-acl")]
    public async Task Access_control_lists_and_extended_attributes_are_refused_and_not_lost_in_silence()
    {
        await using var mount = await WindowsMount.BegunAsync();
        using (var file = mount.Volume.CreateFile(@"\d\b.partial\f"))
        {
            var descriptor = file.GetSecurity();
            Assert.Equal(NtStatus.InvalidDeviceRequest, DriverException.StatusOf(() => file.SetSecurity(SecurityInformation.Dacl, descriptor)));
        }

        var withAttributes = ProgramOpens.Save with { ExtendedAttributes = [new WinFspExtendedAttribute("NAME", "value"u8.ToArray())] };
        Assert.Equal(NtStatus.EasNotSupported, DriverException.StatusOf(() => mount.Volume.Create(@"\d\b.partial\g", withAttributes)));
        Assert.Equal(NtStatus.EasNotSupported, DriverException.StatusOf(() => mount.Volume.Create(@"\d\b.partial\f", withAttributes)));
        Assert.False(mount.Volume.Options.PersistentAcls);
        Assert.False(mount.Volume.Options.ExtendedAttributes);
    }

    [Fact]
    [Promise("windows-volume")]
    public async Task The_volume_tells_its_storage_and_the_room_there_is()
    {
        await using var mount = await WindowsMount.StartAsync(mountOptions: options => options with { Source = "s3://bucket/backups" });
        var info = mount.Volume.GetInfo();
        Assert.Equal("s3://bucket/backups", info.Label);
        Assert.InRange(info.FreeSize, 1UL, info.TotalSize);
        Assert.Equal("BackupFs", mount.Volume.Options.FileSystemName);
        Assert.Equal(NtStatus.MediaWriteProtected, DriverException.StatusOf(() => mount.Volume.SetLabel("other")));
        Assert.False(mount.Volume.Options.ReadOnly);
        await using var readOnly = await WindowsMount.StartAsync(mountOptions: options => options with { ReadOnly = true });
        Assert.True(readOnly.Volume.Options.ReadOnly);
    }

    [Fact]
    [Promise("windows-flush")]
    public async Task A_flush_of_the_volume_makes_every_open_file_durable()
    {
        var faults = new FaultPlan();
        await using var mount = await WindowsMount.BegunAsync(faults: faults);
        using var first = mount.Volume.CreateFile(@"\d\b.partial\f");
        using var second = mount.Volume.CreateFile(@"\d\b.partial\g");
        second.Write(0, "x"u8);
        mount.Volume.Flush();
        Assert.Equal(2, faults.CallsOf("File.Sync"));
        faults.Fail("File.Sync", StorageErrorKind.Io, "g");
        Assert.Equal(NtStatus.IoDeviceError, DriverException.StatusOf(mount.Volume.Flush));
        Assert.Equal(NtStatus.Success, DriverException.StatusOf(() => first.Flush()));
        Assert.Equal(NtStatus.IoDeviceError, DriverException.StatusOf(() => second.Flush()));
    }

    [Fact]
    public void Every_error_of_the_file_system_is_a_failure_on_Windows()
    {
        var errors = Enum.GetValues<FsError>().Where(error => error != FsError.None);
        Assert.All(errors, error => Assert.False(NtStatusMap.From(error).IsSuccess(), error.ToString()));
        Assert.Equal(NtStatus.Success, NtStatusMap.From(FsError.None));
    }
}
