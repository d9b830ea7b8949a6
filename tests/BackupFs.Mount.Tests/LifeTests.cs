using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>How backups begin and end when nobody fails.</summary>
public sealed class LifeTests(ManualMount fixture) : IClassFixture<ManualMount>
{
    private readonly BackupMount _mount = fixture.Mount;

    [Fact]
    [Promise("partial-is-shown")]
    [Promise("rename-ends")]
    public async Task A_partial_backup_is_shown_as_such_until_the_rename()
    {
        await _mount.RunAsync("""
            mkdir "$M/dir-$N"; cd "$M/dir-$N"; mkdir b.partial; echo x > b.partial/f
            is "$(ls)" b.partial; is "$(state b.partial)" open; [ ! -e b ]
            is "$(ls "$S/dir-$N")" ''
            mv b.partial b
            is "$(ls)" b; is "$(state b)" complete; [ ! -e b.partial ]
            is "$(ls -A "$S/dir-$N/b")" "$(printf '.backupfs.json\nf')"
            """);
    }

    [Fact]
    [Promise("rename-ends")]
    public async Task A_program_ends_a_backup_from_a_directory_it_stands_in()
    {
        await _mount.RunAsync("""
            mkdir "$D/$N.partial"; cd "$D/$N.partial"; echo x > f
            python3 -c 'import os, sys; os.rename("../" + sys.argv[1] + ".partial", "../" + sys.argv[1])' "$N"
            is "$(cat f)" x; is "$(state .)" complete; is "$(ls -A)" f
            refused 'Read-only file system' touch g
            """);
    }

    [Fact]
    [Promise("setfattr-ends")]
    [Promise("control-invalid")]
    public async Task Setting_the_state_ends_a_backup()
    {
        await _mount.RunAsync("""
            cd "$D"; mkdir "$N" "$N-2.partial"; echo x > "$N/f"; echo x > "$N-2.partial/f"
            refused 'Invalid argument' setfattr -n user.backupfs.state -v whatever "$N"
            setfattr -n user.backupfs.state -v complete "$N"; is "$(state "$N")" complete
            setfattr -n user.backupfs.state -v complete "$N"
            setfattr -n user.backupfs.state -v complete "$N-2.partial"; is "$(state "$N-2")" complete
            [ -f "$S/db/$N/.backupfs.json" ]; [ -f "$S/db/$N-2/.backupfs.json" ]
            """);
    }

    [Fact]
    [Promise("command-ends")]
    public async Task The_command_ends_a_backup_whatever_it_is_called()
    {
        await _mount.RunAsync("""
            cd "$D"; mkdir "$N" "$N-2.partial" "$N-3.partial"; for b in "$N" "$N-2.partial" "$N-3.partial"; do echo x > "$b/f"; done
            backupfs end "$N"; is "$(state "$N")" complete
            backupfs end "$N-2.partial"; is "$(state "$N-2")" complete
            backupfs end "$N-3.partial/"; is "$(state "$N-3")" complete
            refused "$N-4" backupfs end "$N-4"
            refused 'not a backup' backupfs end "$D"
            """);
    }

    [Fact]
    [Promise("manual-never-ends")]
    [Promise("fsync-does-not-end")]
    public async Task Neither_fsync_nor_quiet_ends_a_backup_of_a_manual_mount()
    {
        await _mount.RunAsync("""
            mkdir "$D/$N"; echo x > "$D/$N/f"; sync "$D/$N/f" "$D/$N"; sync -f "$D/$N"; sleep 1
            is "$(state "$D/$N")" open
            mv "$D/$N/f" "$D/$N/g"; echo y > "$D/$N/f"
            """);
    }

    [Fact]
    [Promise("fsync-policy-ends")]
    public async Task With_the_end_policy_fsync_a_sync_of_the_directory_ends_it()
    {
        await using var mount = await BackupMount.StartAsync(new MountSettings { Options = ["--end", "fsync"] });
        await mount.RunAsync("""
            mkdir -p "$D/$N/sub"; echo x > "$D/$N/f"
            sync "$D/$N/f" "$D/$N/sub"; is "$(state "$D/$N")" open
            sync "$D/$N"; is "$(state "$D/$N")" complete
            refused 'Read-only file system' touch "$D/$N/x"
            mkdir "$D/$N-2.partial"; echo x > "$D/$N-2.partial/f"; sync "$D/$N-2.partial"; is "$(state "$D/$N-2")" complete
            """);
    }

    [Fact]
    [Promise("open-file-refuses-end")]
    public async Task An_open_file_holds_off_every_end()
    {
        await _mount.RunAsync("""
            mkdir "$D/$N.partial"; cd "$D"
            mkfifo "$W/go-$N"
            python3 -c 'import sys
            file = open(sys.argv[1], "w"); file.write("half"); file.flush(); open(sys.argv[2]).read(); file.write(" whole"); file.close()' "$N.partial/f" "$W/go-$N" & writer=$!
            eventually at_least "$N.partial/f" 4
            refused 'Device or resource busy' mv "$N.partial" "$N"
            refused 'f is still open for writing by python' backupfs end "$N.partial"
            refused 'Device or resource busy' setfattr -n user.backupfs.state -v complete "$N.partial"
            is "$(state "$N.partial")" open
            echo > "$W/go-$N"; wait $writer
            mv "$N.partial" "$N"; is "$(cat "$N/f")" 'half whole'
            """);
    }

    [Fact]
    [Promise("complete-is-read-only")]
    public async Task Nothing_changes_a_complete_backup()
    {
        await _mount.RunAsync("""
            mkdir -p "$D/$N.partial/sub"; cd "$D/$N.partial"; echo x > f; echo y > sub/g; ln -s f link; cd ..; mv "$N.partial" "$N"; cd "$N"
            find . -printf '%p %m %T@ %s\n' | sort > "$W/before-$N"
            for command in 'touch new' 'touch f' 'chmod 600 f' 'mv f g' 'ln f g' 'ln -s f l' 'mkdir d' 'mkfifo p' 'truncate -s 0 f' \
                'truncate -s 9 f' 'cp /etc/passwd f' 'cp /etc/passwd sub/n' 'setfattr -n user.x -v 1 f' 'chown 0 f' 'touch -h link' 'mv sub sub2' 'chmod 700 .'; do
                refused 'Read-only file system' $command
            done
            refused 'Read-only file system' bash -c 'echo more >> f'
            find . -printf '%p %m %T@ %s\n' | sort | diff "$W/before-$N" -
            is "$(cat f sub/g)" "$(printf 'x\ny')"
            """);
    }

    [Fact]
    [Promise("rm-aborts")]
    [Promise("abort-removes")]
    public async Task Removing_an_open_backup_aborts_it_and_frees_the_name()
    {
        await _mount.RunAsync("""
            cd "$D"
            for how in 'rm -r' 'rm -rf' 'backupfs abort' 'setfattr -n user.backupfs.state -v aborted'; do
                for b in "$N" "$N.partial"; do
                    mkdir "$b"; cp -a /usr/share/doc/bash "$b/doc"; echo x > "$b/f"
                    $how "$b"
                    [ ! -e "$b" ]; [ ! -e "$S/db/$N" ]
                    is "$(find "$S" -path "*$N*" | wc -l)" 0
                done
            done
            mkdir "$N"; refused 'Directory not empty' sh -c 'echo x > "$1/f"; rmdir "$1"' - "$N"; rm "$N/f"; rmdir "$N"; [ ! -e "$N" ]
            """);
    }

    [Fact]
    [Promise("all-or-nothing")]
    public async Task Somebody_who_watches_the_storage_sees_a_backup_whole_or_not_at_all()
    {
        await _mount.RunAsync("""
            mkdir "$D/$N.partial"
            for i in $(seq 300); do echo "content $i" > "$D/$N.partial/f$i"; done
            ( while [ ! -d "$S/db/$N" ]; do :; done; ls -A "$S/db/$N" | wc -l > "$W/seen-$N"; cat "$S/db/$N"/f* | wc -l >> "$W/seen-$N"; tail -n 2 "$S/db/$N/.backupfs.json" >> "$W/seen-$N" ) & watcher=$!
            sleep 0.2; mv "$D/$N.partial" "$D/$N"; wait $watcher
            is "$(head -n 2 "$W/seen-$N")" "$(printf '301\n300')"
            grep -q '"checksum":"sha256:' "$W/seen-$N"
            """);
    }

    [Fact]
    [Promise("end-waits-for-parallel")]
    public async Task Sixty_four_programs_write_into_one_backup_at_once()
    {
        await _mount.RunAsync("""
            mkdir "$D/$N.partial"; head -c 400000 /dev/urandom > "$W/data-$N"
            pids=
            for i in $(seq 64); do
                ( mkdir "$D/$N.partial/w$i"; for j in 1 2 3 4 5; do cat "$W/data-$N" > "$D/$N.partial/w$i/f$j"; cp "$W/data-$N" "$D/$N.partial/shared-$i-$j"; done ) & pids="$pids $!"
            done
            for pid in $pids; do wait "$pid"; done
            mv "$D/$N.partial" "$D/$N"
            is "$(find "$D/$N" -type f | wc -l)" 640
            is "$(find "$D/$N" -type f -exec sha256sum {} + | cut -d' ' -f1 | sort -u)" "$(sha256sum < "$W/data-$N" | cut -d' ' -f1)"
            is "$(grep -c '"type":"file"' "$S/db/$N/.backupfs.json")" 640
            backupfs verify "$D/$N"
            """);
    }

    [Fact]
    [Promise("foreign")]
    [Promise("foreign-vitess")]
    public async Task What_others_stored_is_shown_for_what_it_is()
    {
        await _mount.RunAsync("""
            mkdir -p "$S/db/plain-$N/sub" "$S/db/2024-10-11.094342.zone1-0000000402" "$S/db/2024-10-12.094342.zone1-0000000402"
            echo x > "$S/db/plain-$N/sub/f"; echo half > "$S/db/2024-10-11.094342.zone1-0000000402/0"
            echo whole > "$S/db/2024-10-12.094342.zone1-0000000402/0"; echo '{}' > "$S/db/2024-10-12.094342.zone1-0000000402/MANIFEST"
            is "$(state "$D/plain-$N")" foreign; is "$(cat "$D/plain-$N/sub/f")" x
            is "$(state "$D/2024-10-12.094342.zone1-0000000402")" foreign; is "$(cat "$D/2024-10-12.094342.zone1-0000000402/0")" whole
            refused 'No such file' ls "$D/2024-10-11.094342.zone1-0000000402"
            ls "$D" > "$W/ls-$N"; lacks 2024-10-11 "$W/ls-$N"
            backupfs list --storage "$S" | grep 2024-10-11.094342.zone1-0000000402 | grep -q incomplete
            refused 'Read-only file system' touch "$D/plain-$N/new"
            """);
    }
}
