using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>A storage that is full, or that cannot write.</summary>
public sealed class FullDiskTests
{
    /// <summary>Fills the disk to the brim, by large writes and then by small ones; with <c>fill.py</c> in <c>$W</c>.</summary>
    private const string Fill = """
        cd "$D"; mkdir "$N.partial"; cd "$N.partial"; echo good > good
        cat > "$W/fill.py" <<'P'
        import errno, os, sys
        def fill(name, size):
            file = os.open(name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
            try:
                while True:
                    os.write(file, b'x' * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC, error
                print('write', name, os.fstat(file).st_size)
            finally:
                try: os.close(file)
                except OSError as error:
                    assert error.errno == errno.ENOSPC, error
                    print('close', name)
        fill('big', 1 << 20)
        fill('small', 1)
        P
        """;

    [RootTheory]
    [InlineData("auto")]
    [InlineData("off")]
    [Promise("disk-full")]
    [Promise("disk-full-clears")]
    public async Task The_program_is_told_and_the_backup_refuses_to_end(string passthrough)
    {
        await using var disk = await SmallDisk.CreateAsync();
        await using var mount = await BackupMount.StartAsync(
            new MountSettings { Storage = disk.Directory, Options = ["--end", "manual", "--passthrough", passthrough] });
        await mount.RunAsync("mkdir \"$D\"\n" + Fill + """
            python3 "$W/fill.py" > "$W/filled"
            grep -q 'write big' "$W/filled"; [ "$(df --output=avail "$M" | tail -n 1)" -lt 100 ]
            cd ..
            refused 'No space left' backupfs end "$N.partial" || exit 1
            refused '' mv "$N.partial" "$N"
            is "$(state "$N.partial")" failed; [ ! -e "$S/db/$N" ]
            getfattr -n user.backupfs.error --only-values "$N.partial" | grep -q '^big: '
            grep "db/$N: big" "$L" | grep -qi 'space'
            # Smaller, it fits; and what was too large is gone.
            echo smaller > "$N.partial/big"; rm -f "$N.partial/small"
            mv "$N.partial" "$N"; is "$(state "$N")" complete; is "$(cat "$N/big" "$N/good")" "$(printf 'smaller\ngood')"
            backupfs verify "$N"
            """);
    }

    [RootTheory]
    [InlineData("auto")]
    [InlineData("off")]
    [Promise("disk-full")]
    public async Task The_tools_of_the_system_fail_and_say_why(string passthrough)
    {
        await using var disk = await SmallDisk.CreateAsync();
        await using var mount = await BackupMount.StartAsync(
            new MountSettings { Storage = disk.Directory, Options = ["--end", "manual", "--passthrough", passthrough] });
        await mount.RunAsync("""
            mkdir "$D"; cd "$D"
            head -c 80000000 /dev/zero > "$W/large"
            for command in 'cp $W/large $b/f' 'dd if=$W/large of=$b/f bs=1M' 'cat $W/large > $b/f' 'tar -C $W -cf $b/f large' 'rsync $W/large $b/f' 'gzip -1 -c --stdout /dev/urandom > $b/f'; do
                b=$N.partial; mkdir "$b"
                export b
                refused 'No space left' bash -c "$command"
                if [ -e "$b/f" ]; then
                    refused '' mv "$b" "$N"; is "$(state "$b")" failed
                fi
                rm -r "$b"; [ ! -e "$S/db/$N" ]
            done
            """);
    }

    [RootTheory]
    [InlineData("auto")]
    [InlineData("off")]
    [Promise("disk-full-close")]
    public async Task Close_tells_the_error_again_for_every_descriptor(string passthrough)
    {
        await using var disk = await SmallDisk.CreateAsync();
        await using var mount = await BackupMount.StartAsync(
            new MountSettings { Storage = disk.Directory, Options = ["--end", "manual", "--passthrough", passthrough] });
        await mount.RunAsync("""
            mkdir "$D" "$D/$N.partial"; cd "$D/$N.partial"
            python3 - <<'P'
            import errno, os
            def full(call):
                try: call()
                except OSError as error: assert error.errno == errno.ENOSPC, error
                else: raise SystemExit('should have failed')
            file = os.open('f', os.O_CREAT | os.O_WRONLY)
            copy = os.dup(file)
            def fill():
                while True: os.write(file, bytes(1 << 20))
            full(fill)
            full(lambda: os.fsync(file))
            full(lambda: os.close(copy))
            child = os.fork()
            if child == 0:
                try: os.close(file)
                except OSError as error: os._exit(error.errno)
                os._exit(0)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == errno.ENOSPC
            full(lambda: os.close(file))
            P
            # A shell's redirection: echo itself cannot know, the shell does.
            if bash -c 'for i in $(seq 100000); do echo 0123456789012345678901234567890123456789012345678901234567890123456789; done > g' 2> "$W/said"; then exit 97; fi
            grep -q 'No space left' "$W/said"
            rm f g; : > empty; echo x > h
            cd ..; mv "$N.partial" "$N"; is "$(ls "$N")" "$(printf 'empty\nh')"
            """);
    }

    [RootFact]
    [Promise("io-error-refuses")]
    public async Task What_the_storage_cannot_write_is_never_complete()
    {
        // A disk that promises more than it has: the file system's late writes fail, and only fsync tells.
        await using var disk = await SmallDisk.CreateAsync(overcommitted: true);
        await using var mount = await BackupMount.StartAsync(new MountSettings { Storage = disk.Directory, Options = ["--end", "manual"] });
        await mount.RunAsync("""
            mkdir "$D" "$D/$N.partial"; cd "$D"; echo good > "$N.partial/good"; head -c 40000000 /dev/urandom > "$N.partial/f"
            # The kernel tells such an error once, as EIO or as ENOSPC, whichever page was lost last; the backup remembers it.
            lost='Input/output error|input/output error|No space left|no space is left'
            for i in 1 2 3 4; do
                if mv "$N.partial" "$N" 2> "$W/said"; then exit 90; fi
                grep -qE "$lost" "$W/said" || { cat "$W/said" >&2; exit 91; }
                is "$(state "$N.partial")" failed; [ ! -e "$S/db/$N" ]
            done
            if backupfs end "$N.partial" 2> "$W/said"; then exit 95; fi
            grep -qE "$lost" "$W/said" || { cat "$W/said" >&2; exit 96; }
            grep -qE "db/$N.*cannot be ended.*(EIO|ENOSPC)" "$L"
            """);
    }
}
