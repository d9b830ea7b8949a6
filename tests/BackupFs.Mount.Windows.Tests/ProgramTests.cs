using System.Text;
using BackupFs.Mount.Semantics;
using BackupFs.Mount.Windows.Tests.Mounting;
using BackupFs.WinFsp;
using BackupFs.WinFsp.Driver;

namespace BackupFs.Mount.Windows.Tests;

/// <summary>
/// The requests that programs of Windows are known to make, in their order; each makes a whole backup, whose content is compared
/// in the storage.
/// </summary>
public abstract class ProgramTests
{
    private const int Piece = 1 << 20;
    private static readonly WinFspTime Time = WinFspTime.From(new DateTimeOffset(2011, 12, 13, 14, 15, 16, TimeSpan.Zero));

    protected abstract ITreeStorage NewStorage();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((3 * Piece) + 17)]
    [InlineData(40 * Piece)]
    [Promise("windows-extend-first")]
    [Promise("windows-programs")]
    public async Task CopyFileEx_extends_the_file_and_then_writes_it_from_start_to_end(int size)
    {
        await using var mount = await WindowsMount.BegunAsync(place: NewStorage());
        var content = Content(size);
        CopyFileEx(mount, @"\d\b.partial\copy.bin", content, content.Length);
        await EndsWithAsync(mount, ("copy.bin", content));
        Assert.Equal(Time.ToUnix().Seconds, (await StoredFiles.EntryAsync(mount.Storage, "d", "b", "copy.bin")).ModifyTime.Seconds);
    }

    [Fact]
    [Promise("windows-extend-first")]
    public async Task A_copy_that_is_killed_after_it_extended_the_file_is_torn()
    {
        await using var mount = await WindowsMount.BegunAsync(place: NewStorage());
        var process = mount.Processes.Start("explorer.exe");
        var file = mount.Volume.Create(@"\d\b.partial\copy.bin", Copying with { ProcessId = process.Id });
        file.SetSize(3 * Piece);
        file.Write(0, Content(Piece));
        process.BeginEnd(FakeProcess.Killed);
        file.Dispose();
        process.End();
        for (var tries = 0; mount.State(@"\d\b.partial") != "failed" && tries < 500; tries++)
        {
            await Task.Delay(10);
        }

        Assert.Contains("copy.bin is torn", Assert.Throws<MountException>(() => mount.End(@"\d\b.partial")).Message, StringComparison.Ordinal);
        CopyFileEx(mount, @"\d\b.partial\copy.bin", Content(Piece), Piece);
        await EndsWithAsync(mount, ("copy.bin", Content(Piece)));
    }

    [Fact]
    [Promise("windows-extend-first")]
    public async Task A_file_that_a_program_left_larger_than_it_wrote_is_what_the_program_made()
    {
        await using var mount = await WindowsMount.BegunAsync(place: NewStorage());
        using (var file = mount.Volume.Create(@"\d\b.partial\f", Copying))
        {
            file.SetSize(Piece + 5);
            file.Write(0, "head"u8);
        }

        var content = new byte[Piece + 5];
        "head"u8.CopyTo(content);
        await EndsWithAsync(mount, ("f", content));
    }

    [Fact]
    [Promise("windows-programs")]
    public async Task Explorer_makes_a_folder_names_it_and_drops_files_into_it()
    {
        await using var mount = await WindowsMount.StartAsync(NewStorage());
        mount.Volume.CreateDirectory(@"\New folder");
        mount.Volume.Rename(@"\New folder", @"\d");
        mount.Volume.CreateDirectory(@"\d\New folder");
        mount.Volume.Rename(@"\d\New folder", @"\d\b");
        Assert.False(mount.Volume.Exists(@"\d\b\desktop.ini"));
        mount.Volume.CreateDirectory(@"\d\b\Pictures");
        using (var watched = mount.Volume.OpenDirectory(@"\d\b"))
        {
            // Explorer looks for the name first, copies, and reads attributes again.
            Assert.Null(watched.Find("photo.jpg"));
            CopyFileEx(mount, @"\d\b\Pictures\photo.jpg", Content(2 * Piece), 2 * Piece);
            Assert.NotEmpty(mount.Volume.Names(@"\d\b\Pictures"));
        }

        mount.End(@"\d\b");
        var stored = await StoredFiles.OfAsync(mount.Storage, "d", "b");
        Assert.Equal(Content(2 * Piece), stored["Pictures/photo.jpg"]);
    }

    [Fact]
    [Promise("windows-programs")]
    public async Task Robocopy_marks_what_it_copies_and_sets_times_of_directories_last()
    {
        await using var mount = await WindowsMount.BegunAsync(place: NewStorage());
        mount.Volume.CreateDirectory(@"\d\b.partial\src");
        using (var file = mount.Volume.Create(@"\d\b.partial\src\f", Copying))
        {
            // Until it is whole the copy has a time long ago, so that the next run does not take it for good.
            file.SetBasicInfo(new WinFspBasicInfo(null, null, null, WinFspTime.FromUnix(0, 0), null));
            file.SetSize(Piece);
            file.Write(0, Content(Piece));
            file.SetBasicInfo(new WinFspBasicInfo(FileAttributes.Archive, Time, Time, Time, null));
        }

        SetTimes(mount, @"\d\b.partial\src");
        using (var again = mount.Volume.Create(@"\d\b.partial\src\f", ProgramOpens.Read))
        {
            Assert.Equal(((ulong)Piece, Time), (again.GetInfo().FileSize, again.GetInfo().LastWriteTime));
        }

        await EndsWithAsync(mount, ("src/f", Content(Piece)));
        Assert.Equal(Time.ToUnix().Seconds, (await StoredFiles.EntryAsync(mount.Storage, "d", "b", "src")).ModifyTime.Seconds);
    }

    [Fact]
    [Promise("windows-programs")]
    public async Task Xcopy_opens_for_overwriting_and_sets_attributes_by_name()
    {
        await using var mount = await WindowsMount.BegunAsync(place: NewStorage());
        for (var run = 0; run < 2; run++)
        {
            using (var file = mount.Volume.Create(@"\d\b.partial\f", ProgramOpens.Save with { Share = ShareAccess.None }))
            {
                for (var offset = 0; offset < Piece; offset += 0x10000)
                {
                    file.Write((ulong)offset, Content(Piece).AsSpan(offset, 0x10000));
                }

                file.SetBasicInfo(new WinFspBasicInfo(null, null, null, Time, null));
            }

            using var attributes = mount.Volume.Create(@"\d\b.partial\f", ProgramOpens.Attributes);
            attributes.SetBasicInfo(new WinFspBasicInfo(FileAttributes.Archive, null, null, null, null));
        }

        await EndsWithAsync(mount, ("f", Content(Piece)));
    }

    [Fact]
    [Promise("windows-programs")]
    public async Task Tar_makes_directories_writes_in_small_pieces_and_sets_times_at_the_end()
    {
        await using var mount = await WindowsMount.BegunAsync(place: NewStorage());
        mount.Volume.CreateDirectory(@"\d\b.partial\a");
        mount.Volume.CreateDirectory(@"\d\b.partial\a\b");
        var content = Content(100_000);
        var extracting = ProgramOpens.Save with { Disposition = CreateDisposition.Create };
        using (var file = mount.Volume.Create(@"\d\b.partial\a\b\f", extracting))
        {
            for (var offset = 0; offset < content.Length; offset += 10_240)
            {
                file.Write((ulong)offset, content.AsSpan(offset, Math.Min(10_240, content.Length - offset)));
            }

            // It ends with the size, because the last bytes of a file may be a hole.
            file.SetSize((ulong)content.Length);
            file.SetBasicInfo(new WinFspBasicInfo(null, Time, Time, Time, null));
        }

        // What is there already is deleted and made anew.
        Assert.Equal(NtStatus.ObjectNameCollision, DriverException.StatusOf(() => mount.Volume.Create(@"\d\b.partial\a\b\f", extracting)));
        mount.Volume.Delete(@"\d\b.partial\a\b\f");
        using (var file = mount.Volume.Create(@"\d\b.partial\a\b\f", extracting))
        {
            file.Write(0, content);
        }

        SetTimes(mount, @"\d\b.partial\a\b");
        SetTimes(mount, @"\d\b.partial\a");
        await EndsWithAsync(mount, ("a/b/f", content));
    }

    [Fact]
    [Promise("windows-programs")]
    public async Task PowerShell_copies_sets_content_and_adds_to_it()
    {
        await using var mount = await WindowsMount.BegunAsync(place: NewStorage());
        CopyFileEx(mount, @"\d\b.partial\Copy-Item", Content(1000), 1000);
        using (var file = mount.Volume.Create(@"\d\b.partial\Set-Content", ProgramOpens.Save with { Share = ShareAccess.Read }))
        {
            file.Write(0, "line 1\r\n"u8);
        }

        using (var file = mount.Volume.Create(
            @"\d\b.partial\set-content",
            ProgramOpens.ReadWrite with { Disposition = CreateDisposition.OpenIf, Options = CreateOptions.NonDirectory, Share = ShareAccess.Read }))
        {
            file.Write(file.GetInfo().FileSize, "line 2\r\n"u8);
        }

        using (var file = mount.Volume.Create(@"\d\b.partial\Set-Content", ProgramOpens.ReadWrite))
        {
            file.Append("line 3\r\n"u8);
        }

        await EndsWithAsync(mount, ("Copy-Item", Content(1000)), ("Set-Content", Encoding.ASCII.GetBytes("line 1\r\nline 2\r\nline 3\r\n")));
    }

    [Fact]
    [Promise("windows-programs")]
    public async Task Notepad_writes_over_the_old_text_and_cuts_the_rest()
    {
        await using var mount = await WindowsMount.BegunAsync(place: NewStorage());
        mount.Volume.WriteAllBytes(@"\d\b.partial\notes.txt", "a long old text"u8);
        using (var file = mount.Volume.Create(
            @"\d\b.partial\notes.txt",
            ProgramOpens.ReadWrite with { Disposition = CreateDisposition.OpenIf, Options = CreateOptions.NonDirectory, Share = ShareAccess.Read }))
        {
            file.Write(0, "new text"u8);
            file.SetSize(8);
            file.SetAllocationSize(8);
        }

        await EndsWithAsync(mount, ("notes.txt", "new text"u8.ToArray()));
    }

    [Fact]
    [Promise("windows-programs")]
    public async Task Editors_save_beside_and_put_it_in_the_place_of_the_old_file()
    {
        await using var mount = await WindowsMount.BegunAsync(place: NewStorage());
        mount.Volume.WriteAllBytes(@"\d\b.partial\doc", "old"u8);

        // ReplaceFile: the old one becomes the copy, the new one gets its name, the copy is deleted.
        mount.Volume.WriteAllBytes(@"\d\b.partial\~tmp", "new"u8);
        mount.Volume.Rename(@"\d\b.partial\doc", @"\d\b.partial\doc~bak");
        mount.Volume.Rename(@"\d\b.partial\~tmp", @"\d\b.partial\doc");
        mount.Volume.Delete(@"\d\b.partial\doc~bak");

        // MoveFileEx, while a reader has the old one open.
        mount.Volume.WriteAllBytes(@"\d\b.partial\~tmp", "newer"u8);
        using (var reader = mount.Volume.Create(@"\d\b.partial\doc", ProgramOpens.Read))
        {
            mount.Volume.Rename(@"\d\b.partial\~tmp", @"\d\b.partial\doc", replace: true);
            Assert.Equal("new"u8, reader.ReadToEnd());
        }

        await EndsWithAsync(mount, ("doc", "newer"u8.ToArray()));
    }

    /// <summary>How CopyFileEx opens its target.</summary>
    private static DriverOpen Copying => ProgramOpens.Save with
    {
        Access = ProgramOpens.Save.Access | FileAccessRights.ReadData | FileAccessRights.Delete,
        Options = CreateOptions.NonDirectory | CreateOptions.SequentialOnly,
        Share = ShareAccess.None,
    };

    private static void CopyFileEx(WindowsMount mount, string name, byte[] content, int size)
    {
        using var file = mount.Volume.Create(name, Copying with { AllocationSize = (ulong)size });
        file.SetAllocationSize((ulong)(size + 4095) / 4096 * 4096);
        file.SetSize((ulong)size);
        for (var offset = 0; offset < content.Length; offset += Piece)
        {
            file.Write((ulong)offset, content.AsSpan(offset, Math.Min(Piece, content.Length - offset)));
        }

        file.SetBasicInfo(new WinFspBasicInfo(FileAttributes.Archive, null, null, Time, null));
    }

    private static void SetTimes(WindowsMount mount, string name)
    {
        using var directory = mount.Volume.Create(name, ProgramOpens.Attributes with { Options = CreateOptions.OpenForBackupIntent });
        directory.SetBasicInfo(new WinFspBasicInfo(null, Time, Time, Time, null));
    }

    private static byte[] Content(int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        return content;
    }

    private static async Task EndsWithAsync(WindowsMount mount, params (string Path, byte[] Content)[] expected)
    {
        mount.Volume.Rename(@"\d\b.partial", @"\d\b");
        var stored = await StoredFiles.OfAsync(mount.Storage, "d", "b");
        Assert.Equal(expected.Select(file => file.Path).Order(StringComparer.Ordinal), stored.Keys.Order(StringComparer.Ordinal));
        Assert.All(expected, file => Assert.True(file.Content.AsSpan().SequenceEqual(stored[file.Path]), file.Path));
    }
}

/// <summary>With plain files as the storage.</summary>
public sealed class ProgramsOverFilesTests : ProgramTests
{
    protected override ITreeStorage NewStorage() => new FileTreeStorage();
}

/// <summary>With objects in memory as the storage.</summary>
public sealed class ProgramsOverObjectsTests : ProgramTests
{
    protected override ITreeStorage NewStorage() => new ObjectTreeStorage();
}
