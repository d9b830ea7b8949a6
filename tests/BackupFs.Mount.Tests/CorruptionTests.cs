using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>Bytes that went bad behind our back.</summary>
public sealed class CorruptionTests(ManualMountWithoutPassthrough fixture) : IClassFixture<ManualMountWithoutPassthrough>
{
    /// <summary>A complete backup <c>$D/$N</c> that the kernel has cached nothing of; <c>flip FILE OFFSET</c> changes a stored byte.</summary>
    private const string Begin = """
        mkdir -p "$D/$N.partial/sub"; head -c 5000001 /dev/urandom > "$D/$N.partial/sub/big"; echo small > "$D/$N.partial/small"; ln -s small "$D/$N.partial/link"
        mv "$D/$N.partial" "$D/$N"
        flip() { python3 -c '
        import os, sys
        path, at = sys.argv[1], int(sys.argv[2])
        before = os.stat(path); mode = before.st_mode & 0o7777
        os.chmod(path, 0o600)
        with open(path, "r+b", 0) as file:
            file.seek(at, 2 if at < 0 else 0); at = file.tell(); byte = file.read(1); file.seek(at); file.write(bytes([byte[0] ^ 4]))
        os.chmod(path, mode); os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        # What the kernel still has of the file is good; only what is read again from the storage can be bad.
        if os.path.exists(sys.argv[3]):
            file = os.open(sys.argv[3], os.O_RDONLY); os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED); os.close(file)
        ' "$S/db/$N/$1" "$2" "$D/$N/$1"; }
        unread() { refused 'Input/output error' dd if="$1" of=/dev/null bs=64k; }

        """;

    private readonly BackupMount _mount = fixture.Mount;

    [Fact]
    [Promise("read-verified")]
    [Promise("verify")]
    public async Task Any_flipped_byte_fails_the_read_and_the_verification() => await _mount.RunAsync(Begin + """
        for at in 0 1 4095 4096 1048575 1048576 2500000 4999999 -1; do
            flip sub/big "$at"
            unread "$D/$N/sub/big"
            refused 'sub/big' backupfs verify "$D/$N"
            if backupfs verify "$D/$N" > "$W/out-$N" 2>&1; then exit 97; else is $? 1; fi
            lacks small "$W/out-$N"
            flip sub/big "$at"
            backupfs verify "$D/$N"
        done
        sum=$(sha256sum < "$S/db/$N/sub/big"); is "$(sha256sum < "$D/$N/sub/big")" "$sum"
        grep -E 'sub/big.*read' "$L" | grep -qi 'corrupt\|not what was stored\|checksum'
        """);

    [Fact]
    [Promise("read-verified")]
    public async Task A_read_of_good_blocks_beside_a_bad_one_succeeds() => await _mount.RunAsync(Begin + """
        good=$(dd if="$S/db/$N/sub/big" bs=1M skip=3 count=1 status=none | sha256sum)
        flip sub/big 100
        python3 - "$D/$N/sub/big" "${good%% *}" <<'P'
        import errno, hashlib, os, sys
        file = os.open(sys.argv[1], os.O_RDONLY)
        assert hashlib.sha256(os.pread(file, 1 << 20, 3 << 20)).hexdigest() == sys.argv[2]
        try: os.pread(file, 10, 100); raise SystemExit('bad bytes were read')
        except OSError as error: assert error.errno == errno.EIO, error
        P
        """);

    [Fact]
    [Promise("verify")]
    public async Task Verify_notices_what_is_missing_shortened_changed_and_added() => await _mount.RunAsync(Begin + """
        store=$S/db/$N
        touch -r "$store" "$W/time-$N"; whole() { touch -r "$W/time-$N" "$store"; backupfs verify "$D/$N"; }
        check() { refused "$1" backupfs verify "$D/$N"; refused "$1" backupfs verify --storage "$S" "db/$N"; }
        backupfs verify --storage "$S" "db/$N"
        mv "$store/small" "$W/small-$N"; check small; mv "$W/small-$N" "$store/small"; whole
        cp -p "$store/small" "$W/small-$N"; echo smalL > "$store/small"; check small; echo x >> "$store/small"; check small; : > "$store/small"; check small
        cp -p "$W/small-$N" "$store/small"; whole
        mv "$store/link" "$W/link-$N"; check link; ln -s other "$store/link"; check link; rm "$store/link"; mv "$W/link-$N" "$store/link"; whole
        echo x > "$store/extra"; check extra; rm "$store/extra"; whole
        """);

    [Fact]
    [Promise("verify")]
    public async Task A_flipped_byte_in_the_manifest_is_noticed() => await _mount.RunAsync(Begin + """
        size=$(stat -c %s "$S/db/$N/.backupfs.json")
        for at in 0 20 $((size / 3)) $((size / 2)) $((size - 30)) -2; do
            flip .backupfs.json "$at"
            refused 'manifest' backupfs verify --storage "$S" "db/$N"
            flip .backupfs.json "$at"
        done
        backupfs verify --storage "$S" "db/$N"
        """);

    [Fact]
    [Promise("verify")]
    [Promise("rm-aborts")]
    public async Task Verify_of_what_is_not_complete_says_so() => await _mount.RunAsync("""
        mkdir "$D/$N"; echo x > "$D/$N/f"
        refused open backupfs verify "$D/$N"
        mkdir "$S/db/foreign-$N"; echo x > "$S/db/foreign-$N/f"
        refused foreign backupfs verify "$D/foreign-$N"
        refused "$N-none" backupfs verify "$D/$N-none"
        rm -r "$D/$N"
        """);

    [Fact]
    [Promise("read-verified")]
    public async Task With_passthrough_for_writes_only_reads_are_verified()
    {
        await using var mount = await BackupMount.StartAsync(new MountSettings { Options = ["--end", "manual", "--passthrough", "writes"] });
        await mount.RunAsync("mkdir \"$D\"\n" + Begin + """
            flip sub/big 3000000
            unread "$D/$N/sub/big"
            is "$(cat "$D/$N/small")" small
            """);
    }
}
