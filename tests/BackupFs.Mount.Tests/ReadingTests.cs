using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>Reading, listing and room.</summary>
public abstract class ReadingTests(BackupMount mount)
{
    [Fact]
    [Promise("read-back")]
    public async Task Many_readers_read_anywhere() => await mount.RunAsync("""
        mkdir "$D/$N.partial"; head -c 30000001 /dev/urandom > "$W/data-$N"; cp "$W/data-$N" "$D/$N.partial/f"; : > "$D/$N.partial/empty"
        mv "$D/$N.partial" "$D/$N"
        python3 - "$W/data-$N" "$D/$N/f" <<'P'
        import mmap, os, random, sys, threading
        expected = open(sys.argv[1], 'rb').read()
        failures = []
        def work(seed):
            try:
                chosen = random.Random(seed)
                file = os.open(sys.argv[2], os.O_RDONLY)
                memory = mmap.mmap(file, 0, prot=mmap.PROT_READ)
                for _ in range(300):
                    at, length = chosen.randrange(len(expected) + 10), chosen.choice([1, 100, 4096, 70000, 1 << 20])
                    assert os.pread(file, length, at) == expected[at:at + length], (at, length)
                    assert memory[at:at + length] == expected[at:at + length]
                assert os.pread(file, 10, len(expected)) == b'' and os.pread(file, 10, len(expected) - 3) == expected[-3:]
                os.close(file)
            except BaseException as failure:
                failures.append(failure)
        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(16)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert not failures, failures
        P
        is "$(cat "$D/$N/empty" | wc -c)" 0; cmp "$W/data-$N" "$D/$N/f"; dd if="$D/$N/f" bs=333333 status=none | cmp - "$W/data-$N"
        refused 'Is a directory' cat "$D/$N"; refused 'No such file' cat "$D/$N/none"; refused 'Read-only' sh -c 'echo > "$1"' - "$D/$N/f"
        """);

    [Fact]
    [Promise("readdir")]
    public async Task A_directory_of_twenty_thousand_names_is_listed_whole_while_others_come_and_go() => await mount.RunAsync("""
        mkdir -p "$D/$N.partial/big"
        python3 - "$D/$N.partial/big" <<'P'
        import os, sys, threading
        directory = sys.argv[1]
        stay = {'stays-%05d-%s' % (number, 'x' * (number % 60)) for number in range(20000)}
        for name in stay:
            os.close(os.open(directory + '/' + name, os.O_CREAT | os.O_WRONLY))
        stop = threading.Event()
        def disturb():
            number = 0
            while not stop.is_set():
                number += 1
                name = directory + '/comes-%d' % number
                os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
                if number % 3: os.rename(name, name + '-goes'); name += '-goes'
                if number % 2: os.unlink(name)
        disturber = threading.Thread(target=disturb)
        disturber.start()
        try:
            for round in range(5):
                names = os.listdir(directory)
                missing, twice = stay - set(names), len(names) - len(set(names))
                assert not missing and not twice, (round, len(missing), twice)
        finally:
            stop.set(); disturber.join()
        entries = {entry.name: entry.inode() for entry in os.scandir(directory)}
        assert stay <= set(entries)
        for name in list(stay)[:200]:
            assert os.lstat(directory + '/' + name).st_ino == entries[name]
        P
        find "$D/$N.partial/big" -name 'comes-*' -delete
        mv "$D/$N.partial" "$D/$N"
        is "$(ls "$D/$N/big" | wc -l)" 20000; is "$(ls -f "$D/$N/big" | sort | uniq -d | wc -l)" 0; is "$(find "$D/$N" -type f -empty | wc -l)" 20000
        """);

    [Fact]
    [Promise("df")]
    public async Task Df_tells_what_the_storage_has() => await mount.RunAsync("""
        mkdir "$D/$N.partial"
        is "$(df --output=size,itotal "$D" | tail -n 1)" "$(df --output=size,itotal "$S" | tail -n 1)"
        near() { python3 -c 'import sys; a, b = int(sys.argv[1]), int(sys.argv[2]); sys.exit(abs(a - b) > 400e6)' "$1" "$2"; }
        near "$(df --block-size=1 --output=avail "$D" | tail -n 1)" "$(df --block-size=1 --output=avail "$S" | tail -n 1)"
        before=$(df --block-size=1 --output=avail "$M" | tail -n 1)
        fallocate -l 1G "$D/$N.partial/f"
        after=$(df --block-size=1 --output=avail "$M" | tail -n 1)
        near "$((before - after))" 1073741824
        rm -r "$D/$N.partial"
        """);

    [Fact]
    [Promise("control-root")]
    public async Task The_mount_point_tells_what_is_mounted() => await mount.RunAsync("""
        get() { getfattr --absolute-names -n "user.backupfs.$1" --only-values "$M"; }
        is "$(get pid)" "$DAEMON"; is "$(get dir_levels)" 1
        case $(get storage) in *"$S"*) ;; *) get storage; exit 96 ;; esac
        findmnt -n -o FSTYPE,SOURCE "$M" | grep -q "fuse.*$S"
        backupfs status "$M" | grep -q "$S"
        """);
}

/// <summary>As whoever runs the tests, with what the kernel moves by itself.</summary>
public sealed class ReadingTestsAsCurrentUser(ManualMount fixture) : ReadingTests(fixture.Mount), IClassFixture<ManualMount>;

/// <summary>Every byte through the daemon.</summary>
public sealed class ReadingTestsWithoutPassthrough(ManualMountWithoutPassthrough fixture)
    : ReadingTests(fixture.Mount), IClassFixture<ManualMountWithoutPassthrough>;

/// <summary>As a user without privilege.</summary>
public sealed class ReadingTestsAsOrdinaryUser(ManualMountOfUser fixture) : ReadingTests(fixture.Mount), IClassFixture<ManualMountOfUser>;
