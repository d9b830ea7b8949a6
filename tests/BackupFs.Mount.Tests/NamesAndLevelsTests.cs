using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>Where backups are and how they may be named.</summary>
public sealed class NamesAndLevelsTests(ManualMount fixture) : IClassFixture<ManualMount>
{
    private readonly BackupMount _mount = fixture.Mount;

    [Fact]
    [Promise("levels-default")]
    [Promise("mkdir-starts")]
    [Promise("states")]
    public async Task A_directory_in_a_directory_is_a_backup()
    {
        await _mount.RunAsync("""
            refused 'No such attribute' state "$D"
            mkdir "$D/$N"; is "$(state "$D/$N")" open
            echo x > "$D/$N/file"; mkdir "$D/$N/dir"
            refused 'No such attribute' state "$D/$N/dir"
            is "$(getfattr --absolute-names -n user.backupfs.dir_levels --only-values "$M")" 1
            """);
    }

    [Fact]
    [Promise("levels-option")]
    [Promise("levels-detected")]
    public async Task The_layout_can_be_chosen_and_is_found_again()
    {
        var storage = TestEnvironment.NewDirectory(TestUser.Current);
        try
        {
            await using (var mount = await BackupMount.StartAsync(new MountSettings { Storage = storage, Options = ["--dir-levels", "2"] }))
            {
                await mount.RunAsync("""
                    mkdir -p "$M/commerce/-80/monday.partial"; echo x > "$M/commerce/-80/monday.partial/f"
                    refused 'Operation not permitted' touch "$M/commerce/-80/f"
                    mv "$M/commerce/-80/monday.partial" "$M/commerce/-80/monday"
                    [ -f "$S/commerce/-80/monday/.backupfs.json" ]
                    """);
                Assert.Equal(0, await mount.UnmountAsync());
            }

            await using var again = await BackupMount.StartAsync(new MountSettings { Storage = storage });
            await again.RunAsync("""
                is "$(getfattr --absolute-names -n user.backupfs.dir_levels --only-values "$M")" 2
                is "$(state "$M/commerce/-80/monday")" complete
                is "$(cat "$M/commerce/-80/monday/f")" x
                mkdir -p "$M/commerce/80-/tuesday"; is "$(state "$M/commerce/80-/tuesday")" open; rmdir "$M/commerce/80-/tuesday"
                """);
        }
        finally
        {
            Directory.Delete(storage, recursive: true);
        }
    }

    [Fact]
    [Promise("file-above-backups")]
    public async Task Files_above_the_backups_are_refused_and_the_log_says_where_they_belong()
    {
        await _mount.RunAsync("""
            refused 'Operation not permitted' touch "$M/file"
            refused 'Operation not permitted' cp /etc/passwd "$D/file-$N"
            refused 'Operation not permitted' ln -s x "$D/link-$N"
            refused 'Operation not permitted' mkfifo "$D/fifo-$N"
            grep "db/file-$N" "$L" | grep -q 'dir/name/file'
            [ ! -e "$M/file" ]; [ ! -e "$D/file-$N" ]; [ ! -L "$D/link-$N" ]
            """);
    }

    [Fact]
    [Promise("name-taken")]
    public async Task A_taken_name_is_refused()
    {
        await _mount.RunAsync("""
            cd "$D"
            mkdir "$N"; refused 'File exists' mkdir "$N"; refused 'File exists' mkdir "$N.partial"
            echo x > "$N/f"; backupfs end "$N"
            refused 'File exists' mkdir "$N"; refused 'File exists' mkdir "$N.partial"
            mkdir "$N-2.partial"; refused 'File exists' mkdir "$N-2.partial"; refused 'File exists' mkdir "$N-2"
            is "$(cat "$N/f")" x
            """);
    }

    [Fact]
    [Promise("name-race")]
    public async Task Of_two_mounts_that_race_for_a_name_exactly_one_wins_each_of_twenty_rounds()
    {
        await using var second = await BackupMount.StartAsync(new MountSettings { Storage = _mount.Storage, Options = ["--end", "manual"] });
        var directory = _mount.NewName("race");
        await _mount.RunAsync($"mkdir \"$M/{directory}\"");
        await second.RunAsync($$"""
            python3 - "{{_mount.MountPoint}}/{{directory}}" "$M/{{directory}}" <<'P'
            import os, sys, threading
            directories = sys.argv[1:]
            for number in range(20):
                barrier, won, lost = threading.Barrier(4), [], []
                def race(directory):
                    name = directory + '/r%d' % number + ('.partial' if number % 2 else '')
                    barrier.wait()
                    try:
                        os.mkdir(name)
                        won.append(name)
                    except FileExistsError:
                        lost.append(name)
                racers = [threading.Thread(target=race, args=(directory,)) for directory in directories * 2]
                [racer.start() for racer in racers]
                [racer.join() for racer in racers]
                assert (len(won), len(lost)) == (1, 3), (number, won, lost)
                with open(won[0] + '/winner', 'w') as file:
                    file.write(won[0])
                os.setxattr(won[0], 'user.backupfs.state', b'complete')
                final = won[0].removesuffix('.partial')
                for directory in directories:
                    with open(directory + '/' + os.path.basename(final) + '/winner') as file:
                        assert file.read() == won[0], number
            P
            is "$(ls "$M/{{directory}}" | wc -l)" 20
            is "$(ls -d "$S/{{directory}}"/*/.backupfs.json | wc -l)" 20
            """);
    }

    [Fact]
    [Promise("name-reserved")]
    public async Task The_name_of_the_manifest_is_reserved()
    {
        await _mount.RunAsync("""
            mkdir -p "$D/$N.partial/sub"; cd "$D/$N.partial"
            refused 'Operation not permitted' touch .backupfs.json
            refused 'Operation not permitted' mkdir .backupfs.json
            echo x > f; refused 'Operation not permitted' mv f .backupfs.json; refused 'Operation not permitted' ln f .backupfs.json
            echo mine > sub/.backupfs.json
            cd ..; mv "$N.partial" "$N"
            is "$(cat "$N/sub/.backupfs.json")" mine
            is "$(ls -A "$N")" "$(printf 'f\nsub')"
            """);
    }

    [Fact]
    [Promise("name-control")]
    public async Task Names_that_no_storage_can_keep_are_refused()
    {
        await _mount.RunAsync("""
            mkdir "$D/$N"; cd "$D/$N"
            refused 'Invalid argument' touch "$(printf 'a\nb')"
            refused 'Invalid argument' touch "$(printf 'a\033b')"
            refused 'Invalid or incomplete multibyte' touch "$(printf 'a\377b')"
            refused 'Invalid argument' mkdir "$D/$(printf 'a\tb')"
            refused 'File name too long' touch "$(printf 'n%.0s' $(seq 256))"
            refused 'No such file' cat "$(printf 'a\nb')"
            is "$(ls -A)" ''
            """);
    }

    [Fact]
    [Promise("name-fixed")]
    [Promise("rename-across")]
    public async Task Backups_keep_their_names_and_files_move_between_them_by_copy()
    {
        await _mount.RunAsync("""
            cd "$D"; mkdir "$N" "$N-2.partial" "$M/other-$N"; echo x > "$N/f"; echo y > "$N-2.partial/g"
            refused 'Operation not permitted' mv "$N" "$N-3"
            refused 'Operation not permitted' mv -T "$N-2.partial" "$N-3"
            refused 'Operation not permitted' mv -T "$N-2.partial" "$M/other-$N/$N-2"
            refused 'Operation not permitted' mv -T "$M/other-$N" "$M/another-$N"
            python3 -c 'import os, errno, sys
            try: os.rename(sys.argv[1], sys.argv[2]); sys.exit(3)
            except OSError as e: assert e.errno == errno.EXDEV, e' "$N/f" "$N-2.partial/f"
            python3 -c 'import os, errno, sys
            try: os.link(sys.argv[1], sys.argv[2]); sys.exit(3)
            except OSError as e: assert e.errno == errno.EXDEV, e' "$N/f" "$N-2.partial/f"
            mv "$N/f" "$N-2.partial/f"; is "$(ls "$N-2.partial")" "$(printf 'f\ng')"; is "$(ls "$N")" ''
            mv "$N-2.partial" "$N-2"; is "$(cat "$N-2/f" "$N-2/g")" "$(printf 'x\ny')"
            refused 'Read-only file system' mv "$N-2" "$N-4"
            """);
    }
}
