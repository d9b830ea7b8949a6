using BackupFs.Mount.Tests.Mounting;
using BackupFs.Storage;

namespace BackupFs.Mount.Tests;

/// <summary>A storage that is far away, through the kernel: what waits can be interrupted, and keeps nothing else waiting.</summary>
public sealed class SlowStorageTests
{
    [Theory]
    [InlineData("Storage.FindBackup", "stat", "b")]
    [InlineData("Storage.StartBackup", "mkdir", "new")]
    [InlineData("Storage.ListBackups", "ls", "")]
    public async Task Control_C_ends_a_program_that_waits(string operation, string program, string name)
    {
        await using var mount = await SlowMount.StartAsync();
        mount.Hold(operation);
        var waiting = SlowMount.Start(program, $"{mount.MountPoint}/d/{name}");
        await mount.CalledAsync(operation, 1);

        Assert.True(Shell.RunPlain("kill", "-INT", $"{waiting.Id}"));
        await SlowMount.EndedAsync(waiting);

        mount.GoOn();
        await mount.RunAsync("mkdir \"$M/d/new\"; echo x > \"$M/d/new/file\"; setfattr -n user.backupfs.state -v complete \"$M/d/new\"");
    }

    [Fact]
    public async Task A_reader_that_is_killed_while_its_read_waits_ends()
    {
        await using var mount = await SlowMount.StartAsync();
        await MakeBackupAsync(mount, files: 1);
        mount.Hold("File.Read");
        var waiting = SlowMount.Start("cat", $"{mount.MountPoint}/d/b/1");
        await mount.CalledAsync("File.Read", 1);

        Assert.True(Shell.RunPlain("kill", "-INT", $"{waiting.Id}"));
        Assert.Equal("", await SlowMount.EndedAsync(waiting));

        mount.GoOn();
        Assert.Equal("content", await mount.RunAsync("cat \"$M/d/b/1\""));
    }

    [Fact]
    public async Task Two_hundred_stalled_reads_keep_nothing_else_waiting()
    {
        const int Readers = 200;
        await using var mount = await SlowMount.StartAsync();
        await MakeBackupAsync(mount, Readers + 1);
        await mount.RunAsync("cat \"$M/d/b/201\"");
        var before = mount.Faults.CallsOf("File.Read");
        mount.Hold("File.Read");
        var readers = SlowMount.Start("bash", "-c", $"for n in $(seq {Readers}); do cat '{mount.MountPoint}/d/b/'$n & done; wait");
        await mount.CalledAsync("File.Read", before + Readers);

        var written = await mount.RunAsync("""
            mkdir "$M/d/other.partial"
            echo x > "$M/d/other.partial/file"
            mv "$M/d/other.partial" "$M/d/other"
            ls "$M/d" "$M/d/b" | wc -l
            stat -c %F "$M/d/b/17"
            """);

        Assert.Contains("regular file", written, StringComparison.Ordinal);
        mount.GoOn();
        Assert.Equal(Readers, (await SlowMount.EndedAsync(readers)).Split("content").Length - 1);
    }

    [Fact]
    public async Task A_writer_killed_while_its_file_is_stored_ends_at_once_and_the_end_waits_for_the_file()
    {
        await using var mount = await SlowMount.StartAsync();
        await mount.RunAsync("mkdir \"$M/d/b.partial\"");
        mount.Hold("File.Flush");
        var writer = SlowMount.Start("perl", "-e", "open F, '>', $ARGV[0]; syswrite F, 'content'; close F", $"{mount.MountPoint}/d/b.partial/file");
        await mount.CalledAsync("File.Flush", 1);

        writer.Kill();
        await SlowMount.EndedAsync(writer);
        var ending = mount.RunAsync("mv \"$M/d/b.partial\" \"$M/d/b\"; cat \"$M/d/b/file\"");
        mount.GoOn();

        Assert.Equal("content", await ending);
    }

    [Fact]
    public async Task Listing_many_backups_costs_no_request_for_each_and_shows_their_kind()
    {
        const int Many = 3000;
        var store = new MemoryStore(realDirectories: false);
        for (var number = 0; number < Many; number++)
        {
            store.PlantForeign("d", $"b{number:D5}", new Dictionary<string, byte[]> { ["file"] = [1] });
        }

        await using var mount = await SlowMount.StartAsync(store);
        var before = mount.Faults.CallsOf("Storage.FindBackup");

        // ls -p marks directories by the kind that the listing tells, and looks at nothing else.
        Assert.Equal($"{Many}", await mount.RunAsync("ls -1Up \"$M/d\" | grep '/$' | sort -u | wc -l"));

        Assert.Equal(1, mount.Faults.CallsOf("Storage.ListBackups"));
        Assert.Equal(1, mount.Faults.CallsOf("Storage.ListIncomplete"));
        Assert.InRange(mount.Faults.CallsOf("Storage.FindBackup") - before, 0, 2);
    }

    [Fact]
    public async Task Tools_that_look_for_hard_links_are_not_fooled_by_two_backups()
    {
        await using var mount = await SlowMount.StartAsync();
        foreach (var backup in new[] { "a", "b" })
        {
            await mount.RunAsync($"""
                mkdir "$M/d/{backup}.partial"; cd "$M/d/{backup}.partial"
                echo {backup} > file; ln file link; echo other-{backup} > other
                cd /; mv "$M/d/{backup}.partial" "$M/d/{backup}"
                """);
        }

        await mount.RunAsync("""
            copy=$(mktemp -d); trap 'rm -rf "$copy"' EXIT
            cp -a "$M/d/." "$copy/"
            mkdir "$copy/tar"; tar -C "$M/d" -c a b | tar -C "$copy/tar" -x
            for where in "$copy" "$copy/tar"; do
                for backup in a b; do
                    is "$(cat "$where/$backup/file" "$where/$backup/link" "$where/$backup/other" | tr '\n' ' ')" "$backup $backup other-$backup "
                    is "$(stat -c %i "$where/$backup/file")" "$(stat -c %i "$where/$backup/link")"
                    is "$(stat -c %h "$where/$backup/file")" 2
                done
            done
            """);
    }

    private static Task<string> MakeBackupAsync(SlowMount mount, int files) => mount.RunAsync($"""
        mkdir "$M/d/b.partial"
        for n in $(seq {files}); do printf content > "$M/d/b.partial/$n"; done
        mv "$M/d/b.partial" "$M/d/b"
        """);
}
