using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>An open backup is an ordinary directory tree: what programs do to files works in it.</summary>
public abstract class WritingTests(BackupMount mount)
{
    private const string Begin = "mkdir \"$D/$N.partial\"; cd \"$D/$N.partial\"\n";

    private const string End = """

        cd "$D"; mv "$N.partial" "$N"; backupfs verify "$N"; cd "$N"

        """;

    [Fact]
    [Promise("rewrite")]
    [Promise("read-back")]
    public async Task Files_are_appended_to_truncated_and_rewritten_in_place() => await mount.RunAsync(Begin + """
        for i in $(seq 100); do echo "$i" >> appended; done
        seq 100000 > long; truncate -s 10 long; truncate -s 20 long; is "$(stat -c %s long)" 20
        head -c 1000000 /dev/zero > f; printf MIDDLE | dd of=f bs=1 seek=500000 conv=notrunc status=none; is "$(stat -c %s f)" 1000000
        head -c 300000 /dev/urandom > "$W/r-$N"; dd if="$W/r-$N" of=f bs=100000 seek=2 conv=notrunc status=none
        sed -i 's/^50$/fifty/' appended
        cp f g; cp /etc/passwd g; cat g > h; cmp h /etc/passwd
        : > emptied; echo x > emptied; : > emptied
        exec 8<> both; printf hello >&8; cat both; exec 8>&-
        """ + End + """
        is "$(sed -n '49,51p' appended | paste -sd ' ')" '49 fifty 51'; is "$(wc -l < appended)" 100
        is "$(head -c 10 long | od -c | head -n 1)" "$(seq 100000 | head -c 10 | od -c | head -n 1)"
        is "$(tail -c 10 long | tr -d '\0' | wc -c)" 0
        is "$(dd if=f bs=100000 skip=2 count=3 status=none | sha256sum)" "$(sha256sum < "$W/r-$N")"
        cmp g /etc/passwd; is "$(stat -c %s emptied)" 0; is "$(cat both)" hello
        """);

    [Fact]
    [Promise("rewrite")]
    public async Task Files_are_renamed_over_linked_and_removed() => await mount.RunAsync(Begin + """
        echo old > f; echo new > .f.tmp; mv .f.tmp f; is "$(cat f)" new
        mkdir d e; echo x > d/x; mv d e/d2; is "$(cat e/d2/x)" x; refused 'No such file' ls d
        refused 'Directory not empty' mv -T "$PWD/e/d2" "$PWD/e" || refused 'cannot move' mv -T e e/d2
        mkdir full; echo y > full/y; mkdir empty; mv -T full empty; is "$(cat empty/y)" y
        echo 1 > one; echo 2 > two
        python3 -c '
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.renameat2(-100, b"one", -100, b"two", 2) == 0, ctypes.get_errno()
        assert libc.renameat2(-100, b"one", -100, b"two", 1) == -1 and ctypes.get_errno() == 17'
        is "$(cat one two)" "$(printf '2\n1')"
        ln one link; ln link link2; rm one; is "$(stat -c %h link)" 2; echo 3 >> link; is "$(cat link2)" "$(printf '2\n3')"
        for i in $(seq 200); do echo "$i" > "many$i"; done; rm many1*; is "$(ls | grep -c many)" 89
        refused 'Is a directory' sh -c 'echo x > e'; refused 'Directory not empty' rmdir e; refused 'File exists' mkdir f; refused 'Not a directory' touch f/x
        ln -s f soft; is "$(cat soft)" new; rm soft; mkdir -p t/t/t; rm -r t
        """ + End + """
        is "$(cat f e/d2/x empty/y two link)" "$(printf 'new\nx\ny\n1\n2\n3')"; is "$(stat -c %h link link2 | paste -sd' ')" '2 2'; is "$(ls | grep -c many)" 89
        """);

    [Fact]
    [Promise("rewrite-wal")]
    public async Task A_log_segment_is_zero_filled_rewritten_and_opened_to_sync_as_PostgreSQL_does() => await mount.RunAsync(Begin + """
        python3 - <<'P'
        import os
        for number in range(3):
            file = os.open('%024X.tmp' % number, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            for _ in range(16):
                assert os.write(file, bytes(1 << 20)) == 1 << 20
            os.lseek(file, 0, os.SEEK_SET)
            os.fsync(file)
            for block in range(0, 16 << 20, 8192 * 64):
                os.pwrite(file, b'%08d' % block * 1024, block)
            os.fdatasync(file)
            os.close(file)
            os.rename('%024X.tmp' % number, '%024X' % number)
            file = os.open('%024X' % number, os.O_RDWR)
            os.fsync(file)
            assert os.pread(file, 8, 8192 * 64) == b'%08d' % (8192 * 64)
            os.close(file)
            directory = os.open('.', os.O_RDONLY)
            os.fsync(directory)
            os.close(directory)
        P
        """ + End + """
        python3 - <<'P'
        for number in range(3):
            data = open('%024X' % number, 'rb').read()
            assert len(data) == 16 << 20
            for block in range(0, 16 << 20, 8192 * 64):
                assert data[block:block + 8192] == b'%08d' % block * 1024, block
                assert data[block + 8192:block + 8192 * 2] == bytes(8192)
        P
        """);

    [Fact]
    [Promise("tmpfile")]
    [Promise("unlinked-open")]
    public async Task Files_without_names() => await mount.RunAsync(Begin + """
        python3 - <<'P'
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        file = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o640)
        os.write(file, b'no name yet'); os.fsync(file)
        assert os.listdir('.') == []
        path = b'/proc/self/fd/%d' % file
        assert libc.linkat(-100, path, -100, b'named', 0x400) == 0, os.strerror(ctypes.get_errno())
        os.write(file, b', now it has'); os.close(file)
        lost = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o640); os.write(lost, b'x'); os.close(lost)

        file = open('removed', 'w+b', 0)
        file.write(b'still'); os.unlink('removed'); file.write(b' here')
        assert file.seek(0) == 0 and file.read() == b'still here' and os.fstat(file.fileno()).st_nlink == 0
        os.ftruncate(file.fileno(), 3); os.fchmod(file.fileno(), 0o600); assert os.fstat(file.fileno()).st_size == 3
        P
        is "$(ls)" named
        python3 -c '
        import os
        file = os.open("overwritten", os.O_CREAT | os.O_RDWR); os.write(file, b"old")
        open("new", "w").write("new"); os.rename("new", "overwritten")
        assert os.pread(file, 9, 0) == b"old"; os.write(file, b"er"); os.close(file)'
        """ + End + """
        is "$(ls -A)" "$(printf 'named\noverwritten')"; is "$(cat named)" 'no name yet, now it has'; is "$(cat overwritten)" new; is "$(stat -c %a named)" 640
        """);

    [Fact]
    [Promise("sparse")]
    public async Task Space_is_reserved_and_freed_and_holes_are_found() => await mount.RunAsync(Begin + """
        fallocate -l 3M reserved; is "$(stat -c %s reserved)" 3145728
        : > kept; fallocate -n -l 8M kept; is "$(stat -c %s kept)" 0
        head -c 4M /dev/urandom > punched; fallocate -p -o 1M -l 2M punched; is "$(stat -c %s punched)" 4194304
        [ "$(stat -c %b punched)" -lt 4500 ]
        truncate -s 100M sparse; printf x | dd of=sparse bs=1 seek=60M conv=notrunc status=none
        cat > "$W/seek-$N" <<'P'
        import os
        file = os.open('sparse', os.O_RDONLY)
        data = os.lseek(file, 0, os.SEEK_DATA); assert 59 << 20 < data <= 60 << 20, data
        hole = os.lseek(file, data, os.SEEK_HOLE); assert 60 << 20 < hole <= 61 << 20, hole
        assert os.lseek(file, 0, os.SEEK_HOLE) == 0
        try: os.lseek(file, hole, os.SEEK_DATA); raise SystemExit('there is no data there')
        except OSError as error: assert error.errno == 6, error
        P
        python3 "$W/seek-$N"
        """ + End + """
        python3 "$W/seek-$N"
        is "$(dd if=punched bs=1M skip=1 count=2 status=none | tr -d '\0' | wc -c)" 0; [ "$(stat -c %b sparse)" -lt 100 ]
        cp --sparse=always sparse "$W/sparse-$N"; [ "$(stat -c %b "$W/sparse-$N")" -lt 100 ]; cmp sparse "$W/sparse-$N"
        """);

    [Fact]
    [Promise("copy-range")]
    public async Task Ranges_are_copied_inside_a_backup_into_it_and_out_of_it() => await mount.RunAsync(Begin + """
        head -c 5000000 /dev/urandom > "$W/data-$N"
        cat > "$W/copy-$N" <<'P'
        import errno, os, sys
        source, target = os.open(sys.argv[1], os.O_RDONLY), os.open(sys.argv[2], os.O_CREAT | os.O_RDWR)
        offset = 0
        while True:
            try: copied = os.copy_file_range(source, target, 1 << 30, offset, offset)
            except OSError as error:
                # Between different file systems the kernel may refuse, and every program then copies by itself.
                assert error.errno in (errno.EXDEV, errno.EOPNOTSUPP, errno.EINVAL), error
                data = os.pread(source, 1 << 20, offset); copied = os.pwrite(target, data, offset) if data else 0
            if copied == 0: break
            offset += copied
        P
        python3 "$W/copy-$N" "$W/data-$N" in; python3 "$W/copy-$N" in inside; python3 "$W/copy-$N" inside "$W/out-$N"
        cmp "$W/data-$N" in; cmp in inside; cmp inside "$W/out-$N"
        cp --reflink=auto inside cp
        """ + End + """
        python3 "$W/copy-$N" inside "$W/out2-$N"; cmp "$W/data-$N" "$W/out2-$N"; cmp "$W/data-$N" cp
        mkdir "$D/$N-2.partial"; python3 "$W/copy-$N" inside "$D/$N-2.partial/copied"; cmp "$W/data-$N" "$D/$N-2.partial/copied"
        cp -a . "$D/$N-2.partial/"; mv "$D/$N-2.partial" "$D/$N-2"; backupfs verify "$D/$N-2"; diff -r . "$D/$N-2" | grep -v 'Only in.*copied' | wc -l | grep -qx 0
        """);

    [Fact]
    [Promise("mmap")]
    public async Task Shared_mappings_write_and_read() => await mount.RunAsync(Begin + """
        python3 - <<'P'
        import mmap, os, random
        random.seed(1)
        size = 5 << 20
        expected = bytearray(size)
        with open('mapped', 'w+b') as file:
            file.truncate(size)
            memory = mmap.mmap(file.fileno(), size)
            for _ in range(2000):
                at = random.randrange(size - 100)
                data = bytes(random.randrange(256) for _ in range(random.randrange(1, 100)))
                memory[at:at + len(data)] = data
                expected[at:at + len(data)] = data
            memory.flush(); memory[:5] = expected[:5] = b'begin'
            # A read by another way sees what the mapping has.
            assert os.pread(file.fileno(), size, 0) == expected
            # After the descriptor is closed the mapping still writes.
        memory[-3:] = expected[-3:] = b'end'
        memory.close()
        assert open('mapped', 'rb').read() == expected
        open(os.environ['W'] + '/expected', 'wb').write(expected)
        P
        """ + End + """
        cmp mapped "$W/expected"
        python3 -c '
        import mmap, os
        expected = open(os.environ["W"] + "/expected", "rb").read()
        file = open("mapped", "rb"); memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ); file.close()
        assert memory[:] == expected'
        """);

    [Fact]
    [Promise("unlinked-open")]
    [Promise("rm-aborts")]
    public async Task A_file_kept_open_over_an_abort_can_still_be_closed() => await mount.RunAsync(Begin + """
        exec 7> f; echo x >&7; cd "$D"; rm -r "$N.partial"; echo y >&7 || true; exec 7>&-
        mkdir "$N.partial"; echo z > "$N.partial/f"; mv "$N.partial" "$N"; is "$(cat "$N/f")" z
        """);
}

/// <summary>As whoever runs the tests, with what the kernel moves by itself.</summary>
public sealed class WritingTestsAsCurrentUser(ManualMount fixture) : WritingTests(fixture.Mount), IClassFixture<ManualMount>;

/// <summary>Every byte through the daemon.</summary>
public sealed class WritingTestsWithoutPassthrough(ManualMountWithoutPassthrough fixture)
    : WritingTests(fixture.Mount), IClassFixture<ManualMountWithoutPassthrough>;

/// <summary>As a user without privilege.</summary>
public sealed class WritingTestsAsOrdinaryUser(ManualMountOfUser fixture) : WritingTests(fixture.Mount), IClassFixture<ManualMountOfUser>;
