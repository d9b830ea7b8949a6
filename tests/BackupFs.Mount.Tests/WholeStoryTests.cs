using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>What a newcomer does, from the first mount to the unmount, with the tools of the system.</summary>
public abstract class WholeStoryTests(TestUser user)
{
    [Fact]
    [Promise("rename-ends")]
    [Promise("command-ends")]
    [Promise("complete-is-read-only")]
    [Promise("plain-storage")]
    [Promise("all-or-nothing")]
    [Promise("read-back")]
    [Promise("user-mount")]
    public async Task Trees_of_the_system_go_in_by_cp_rsync_and_tar_and_come_back_the_same()
    {
        // The ordinary user's turn is shorter: every page of the manual proves no more than some.
        var man = user == TestUser.Current ? "/usr/share/man" : "/usr/share/man/man1";
        await using var mount = await StartAsync();
        await mount.RunAsync($$"""
            for tree in /usr/share/doc /etc {{man}}; do
                # Not everybody may read everything: what this user can read is the input.
                mkdir -p "$W/in$tree"
                (cd "$tree" && find . -type d ! \( -readable -executable \) -prune -o ! -type l ! -readable -prune -o -print0) > "$W/list"
                tar -C "$tree" --null --no-recursion -T "$W/list" -cf - | tar -C "$W/in$tree" -xpf -
            done
            doc=$W/in/usr/share/doc etc=$W/in/etc man=$W/in{{man}}
            mkdir -p "$M/db/monday.partial"
            cp -a "$doc" "$M/db/monday.partial/"
            [ ! -e "$S/db/monday" ]
            mv "$M/db/monday.partial" "$M/db/monday"
            is "$(getfattr --absolute-names -n user.backupfs.state --only-values "$M/db/monday")" complete

            mkdir "$M/db/tuesday"
            cp -a "$etc" "$M/db/tuesday"
            backupfs end "$M/db/tuesday"
            is "$(state "$M/db/tuesday")" complete

            refused 'Read-only file system' touch "$M/db/monday/x"
            is "$(rsync -aHX --checksum --dry-run --itemize-changes "$doc/" "$M/db/monday/doc/")" ''
            is "$(rsync -aHX --checksum --dry-run --itemize-changes "$etc/" "$M/db/tuesday/etc/")" ''

            mkdir "$M/db/wednesday.partial"
            tar cf - -C "$man" . | tar xpf - -C "$M/db/wednesday.partial"
            tar cf - -C "$man" . | tar --compare -f - -C "$M/db/wednesday.partial"
            mv "$M/db/wednesday.partial" "$M/db/wednesday"
            tar cf - -C "$man" . | tar --compare -f - -C "$M/db/wednesday"

            # In the storage: the same files at the same places, and the manifest.
            is "$(ls -A "$S/db/monday")" "$(printf '.backupfs.json\ndoc')"
            is "$(rsync -aHX --checksum --dry-run --itemize-changes "$doc/" "$S/db/monday/doc/")" ''
            [ "$(find "$S/db/monday" -type f | wc -l)" -gt 50 ]
            [ "$(find "$S/db/wednesday" -type f | wc -l)" -gt 50 ]

            # Restore is cp.
            cp -a "$M/db/monday/doc" "$W/restored"
            diff -r --no-dereference "$doc" "$W/restored"
            backupfs verify "$M/db/monday"
            backupfs list "$M" > "$W/listed"
            grep -q 'db/monday' "$W/listed"; grep -q complete "$W/listed"
            backupfs unmount "$M"
            [ ! -e "$M/db" ]
            """, seconds: 300);
        Assert.Equal(0, await mount.DaemonEndedAsync());
    }

    [Fact]
    [Promise("killed-tears")]
    [Promise("torn-refuses")]
    [Promise("refusal-is-eio")]
    [Promise("refusal-says-why")]
    [Promise("torn-rewritten")]
    public async Task A_cp_killed_in_the_middle_is_noticed_and_a_second_cp_makes_it_good()
    {
        await using var mount = await StartAsync();
        await mount.RunAsync("""
            mkdir -p "$M/db/monday.partial" "$M/db/tuesday" "$W/src"
            head -c 3000000 /dev/urandom > "$W/src/a"
            head -c 3000000 /dev/urandom > "$W/src/big.dat"
            for end in 'mv monday.partial monday' 'backupfs end tuesday'; do
                cd "$M/db"; set -- $end; b=$2
                [ "$1" = mv ] || b=$3
                # cp gets half of the file and then waits.
                rm -f "$W/half"; mkfifo "$W/half"
                { head -c 1500000 "$W/src/big.dat"; exec sleep 100; } > "$W/half" & feeder=$!
                cp "$W/half" "$M/db/$b/big.dat" & copy=$!
                eventually at_least "$M/db/$b/big.dat" 1000000
                kill -9 "$copy"
                wait "$copy" || true
                kill "$feeder"; wait "$feeder" || true
                case $1 in
                    mv) refused 'Input/output error' $end ;;
                    *) refused 'big.dat' $end ;;
                esac
                is "$(state "$b")" failed
                getfattr --absolute-names -n user.backupfs.error --only-values "$b" | grep -q 'big.dat is torn.*signal 9'
                grep -q "db/${b%.partial}.*big.dat.*torn" "$L"
                [ ! -e "$S/db/${b%.partial}" ]
                cp -a "$W/src/." "$b/"
                $end
                is "$(state "${b%.partial}")" complete
                diff -r "$W/src" "$M/db/${b%.partial}"
            done
            """);
    }

    [Fact]
    [Promise("crash-hides")]
    public async Task The_daemon_killed_in_the_middle_leaves_no_half_backup_and_harms_no_whole_one()
    {
        await using var mount = await StartAsync();
        await mount.RunAsync("""
            mkdir -p "$M/db/monday.partial"; head -c 2000000 /dev/urandom > "$W/good"
            cp "$W/good" "$M/db/monday.partial/good"
            mv "$M/db/monday.partial" "$M/db/monday"
            mkdir "$M/db/tuesday"
            cp "$W/good" "$M/db/tuesday/good"
            mkfifo "$W/half"
            { head -c 1500000 /dev/zero; exec sleep 300; } > "$W/half" 2>/dev/null & echo $! > "$W/feeder"
            cp "$W/half" "$M/db/tuesday/half" > "$W/cp.out" 2>&1 &
            eventually at_least "$M/db/tuesday/half" 1000000
            """);
        await mount.KillDaemonAsync();
        await mount.RunAsync("kill $(cat \"$W/feeder\")");
        await mount.MountAsync();
        await mount.RunAsync("""
            is "$(ls "$M/db")" monday
            is "$(state "$M/db/monday")" complete
            cmp "$W/good" "$M/db/monday/good"
            backupfs verify "$M/db/monday"
            refused 'No such file' ls "$M/db/tuesday"
            [ ! -e "$S/db/tuesday" ]
            """);
    }

    private Task<BackupMount> StartAsync() => BackupMount.StartAsync(new MountSettings { User = user });
}

/// <summary>As whoever runs the tests.</summary>
public sealed class WholeStoryTestsAsCurrentUser() : WholeStoryTests(TestUser.Current);

/// <summary>As a user without privilege.</summary>
public sealed class WholeStoryTestsAsOrdinaryUser() : WholeStoryTests(TestUser.Ordinary);
