using BackupFs.FileSystem;
using BackupFs.Mount.Windows.Tests.Mounting;
using BackupFs.WinFsp;
using BackupFs.WinFsp.Driver;

namespace BackupFs.Mount.Windows.Tests;

/// <summary>Deleting, which Windows does by closing.</summary>
public sealed class DeletionTests
{
    [Fact]
    [Promise("windows-delete")]
    public async Task What_is_to_be_deleted_is_there_until_it_is_closed()
    {
        await using var mount = await WindowsMount.BegunAsync();
        using (var file = mount.Volume.CreateFile(@"\d\b.partial\f"))
        {
            file.SetDelete(true);
            Assert.True(mount.Volume.Exists(@"\d\b.partial\f"));
            file.SetDelete(false);
        }

        Assert.True(mount.Volume.Exists(@"\d\b.partial\f"));
        using (var file = mount.Volume.Open(@"\d\b.partial\f"))
        {
            file.SetDelete(true);
        }

        Assert.False(mount.Volume.Exists(@"\d\b.partial\f"));
    }

    [Fact]
    [Promise("windows-delete")]
    public async Task A_file_that_is_deleted_by_the_way_it_was_opened_is_gone_after_it()
    {
        await using var mount = await WindowsMount.BegunAsync();
        var temporary = new DriverOpen
        {
            Disposition = CreateDisposition.Create,
            Options = CreateOptions.NonDirectory | CreateOptions.DeleteOnClose,
            Attributes = FileAttributes.Temporary,
        };
        using (var file = mount.Volume.Create(@"\d\b.partial\tmp", temporary))
        {
            file.Write(0, "x"u8);
            Assert.True(mount.Volume.Exists(@"\d\b.partial\tmp"));
        }

        Assert.Empty(mount.Volume.Names(@"\d\b.partial"));
        mount.Volume.WriteAllBytes(@"\d\b.partial\tmp", "again"u8);
        mount.Volume.Rename(@"\d\b.partial", @"\d\b");
        Assert.Equal(
            NtStatus.AccessDenied,
            DriverException.StatusOf(() => mount.Volume.Create(
                @"\d\b\tmp", ProgramOpens.Read with { Options = CreateOptions.DeleteOnClose, Access = FileAccessRights.Delete })));
    }

    [Fact]
    [Promise("windows-delete-refused")]
    public async Task What_cannot_be_deleted_is_refused_before_it_is_closed()
    {
        await using var mount = await WindowsMount.BegunAsync();
        mount.Volume.CreateDirectory(@"\d\b.partial\sub");
        mount.Volume.WriteAllBytes(@"\d\b.partial\sub\f", "x"u8);
        Assert.Equal(NtStatus.DirectoryNotEmpty, DriverException.StatusOf(() => mount.Volume.Delete(@"\d\b.partial\sub")));
        Assert.Equal(NtStatus.DirectoryNotEmpty, DriverException.StatusOf(() => mount.Volume.Delete(@"\d\b.partial")));
        Assert.Equal(NtStatus.DirectoryNotEmpty, DriverException.StatusOf(() => mount.Volume.Delete(@"\d")));
        Assert.Equal(NtStatus.AccessDenied, DriverException.StatusOf(() => mount.Volume.Delete(@"\")));
        mount.Volume.Rename(@"\d\b.partial", @"\d\b");
        Assert.Equal(NtStatus.AccessDenied, DriverException.StatusOf(() => mount.Volume.Delete(@"\d\b\sub\f")));
        Assert.Equal(NtStatus.AccessDenied, DriverException.StatusOf(() => mount.Volume.Delete(@"\d\b")));
    }

    [Fact]
    [Promise("windows-delete")]
    public async Task A_directory_into_which_something_came_meanwhile_stays()
    {
        await using var mount = await WindowsMount.BegunAsync();
        mount.Volume.CreateDirectory(@"\d\b.partial\sub");
        using (var directory = mount.Volume.OpenDirectory(@"\d\b.partial\sub"))
        {
            directory.SetDelete(true);
            mount.Volume.WriteAllBytes(@"\d\b.partial\sub\f", "x"u8);
        }

        Assert.Equal(["f"], mount.Volume.Names(@"\d\b.partial\sub"));
    }

    [Fact]
    [Promise("windows-delete")]
    [Promise("remove-allowed")]
    public async Task A_recursive_deletion_removes_a_complete_backup_where_that_is_allowed()
    {
        await using var mount = await WindowsMount.BegunAsync(new FileSystemOptions { End = EndPolicy.Manual, AllowRemove = true });
        mount.Volume.CreateDirectory(@"\d\b.partial\sub");
        mount.Volume.WriteAllBytes(@"\d\b.partial\sub\f", "x"u8);
        mount.Volume.WriteAllBytes(@"\d\b.partial\g", "x"u8);
        mount.Volume.Rename(@"\d\b.partial", @"\d\b");
        RemoveTree(mount, @"\d\b");
        Assert.Empty(mount.Volume.Names(@"\d"));
        Assert.False(mount.Volume.Exists(@"\d\b"));
    }

    [Fact]
    [Promise("windows-new-folder")]
    public async Task An_empty_directory_gets_its_name_after_it_was_made()
    {
        await using var mount = await WindowsMount.StartAsync();
        mount.Volume.CreateDirectory(@"\New folder");
        mount.Volume.Rename(@"\New folder", @"\db");
        mount.Volume.CreateDirectory(@"\db\New folder");
        using (var directory = mount.Volume.OpenDirectory(@"\db\New folder"))
        {
            directory.Rename(@"\db\monday");
            Assert.Equal(FileAttributes.Directory, directory.GetInfo().Attributes);
        }

        mount.Volume.Rename(@"\db\monday", @"\db\tuesday.partial");
        Assert.Equal(["tuesday.partial"], mount.Volume.Names(@"\db"));
        Assert.Equal("open", mount.State(@"\db\tuesday.partial"));
        mount.Volume.CreateDirectory(@"\db\tuesday.partial\New folder");
        mount.Volume.Rename(@"\db\tuesday.partial\New folder", @"\db\tuesday.partial\sub");
        mount.Volume.WriteAllBytes(@"\db\tuesday.partial\sub\f", "x"u8);
        Assert.Equal(NtStatus.AccessDenied, DriverException.StatusOf(() => mount.Volume.Rename(@"\db\tuesday.partial", @"\db\other")));
        Assert.Equal(NtStatus.AccessDenied, DriverException.StatusOf(() => mount.Volume.Rename(@"\db", @"\other")));
        mount.Volume.Rename(@"\db\tuesday.partial", @"\db\tuesday");

        mount.Volume.CreateDirectory(@"\db\open.partial");
        mount.Volume.CreateDirectory(@"\db\New folder");
        Assert.Equal(
            NtStatus.ObjectNameCollision, DriverException.StatusOf(() => mount.Volume.Rename(@"\db\New folder", @"\db\OPEN")));
        Assert.Equal(
            NtStatus.ObjectNameCollision, DriverException.StatusOf(() => mount.Volume.Rename(@"\db\New folder", @"\db\TUESDAY")));
        Assert.Equal(NtStatus.MediaWriteProtected, DriverException.StatusOf(() => mount.Volume.Rename(@"\db\tuesday", @"\db\wednesday")));
        Assert.Equal(["New folder", "open.partial", "tuesday"], mount.Volume.Names(@"\db"));
    }

    private static void RemoveTree(WindowsMount mount, string name)
    {
        foreach (var inside in mount.Volume.Names(name))
        {
            using var entry = mount.Volume.Create($@"{name}\{inside}", new DriverOpen { Access = FileAccessRights.ReadAttributes });
            if ((entry.GetInfo().Attributes & FileAttributes.Directory) != 0)
            {
                entry.Dispose();
                RemoveTree(mount, $@"{name}\{inside}");
            }
            else
            {
                entry.Dispose();
                mount.Volume.Delete($@"{name}\{inside}");
            }
        }

        mount.Volume.Delete(name);
    }
}
