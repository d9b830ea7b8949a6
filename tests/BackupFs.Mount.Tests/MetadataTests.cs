using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>What cp, tar and rsync put in comes out the same.</summary>
public abstract class MetadataTests(BackupMount mount)
{
    /// <summary>Makes <c>$W/$N</c> with one of everything.</summary>
    private const string MakeTree = """
        src=$W/src-$N; mkdir "$src"; cd "$src"
        for mode in 0000 0400 0644 0755 0777 1644 2755 4755 6711; do echo "$mode" > "mode-$mode"; chmod "$mode" "mode-$mode"; done
        mkdir empty sticky setgid private; chmod 1777 sticky; chmod 2775 setgid; chmod 0700 private
        echo x > old; touch -d '1969-12-31 23:59:58.123456789 UTC' old
        echo x > times; touch -m -d '2023-11-14 22:13:20.000000001 UTC' times
        echo x > future; touch -d '2200-01-01 00:00:00.999999999 UTC' future
        ln -s nowhere/at/all dangling; ln -s / root; ln -s ../.. up; ln -s 'with space
        and newline' odd; ln -s "$(printf 'caf\351')" latin1; ln -s "$(printf '%0900d' 0)" long; ln -s . self
        touch -h -d '2001-02-03 04:05:06.7 UTC' dangling
        echo one > hard1; ln hard1 hard2; mkdir -p deep/er; ln hard1 deep/er/hard3; ln -s hard1 soft; ln soft softhard
        setfattr -n user.note -v 'a value' times; setfattr -n user.binary -v 0x00ff0a00 times; setfattr -n user.empty times
        setfattr -n user.dir -v d empty; head -c 3000 /dev/urandom | base64 -w0 > "$W/big"; setfattr -n user.big -v "$(cat "$W/big")" times
        truncate -s 20M sparse; printf start | dd of=sparse conv=notrunc status=none; printf middle | dd of=sparse bs=1M seek=10 conv=notrunc status=none
        mkfifo -m 640 fifo
        : > empty-file; echo 'Grüße' > 'Grüße'; echo jp > 日本語; echo sp > ' leading and trailing '; echo st > '*?[x]'; echo bs > 'back\slash'; echo da > '-dash'
        echo long > "$(printf 'n%.0s' $(seq 255))"
        mkdir -p $(printf 'd%.0s/' $(seq 60)); echo deep > $(printf 'd%.0s/' $(seq 60))file
        # rsync takes two times of the same second for equal: nothing may be as young as its copy.
        find . -depth -newermt '2023-12-01' ! -newermt '2100-01-01' -exec touch -h -d '2021-01-01 01:01:01.123456789 UTC' {} +
        touch -d '2010-10-10 10:10:10.101010101 UTC' empty deep/er sticky
        if [ "$(id -u)" = 0 ]; then echo own > owned; chown 12345:54321 owned; chown -h 1:1 up; chmod 4755 owned; else chmod 0400 mode-0000; fi
        touch -d '2020-02-02 02:02:02.020202020 UTC' .
        cd /
        describe() { (cd "$1" && find . ! -name .backupfs.json -printf '%P\t%y\t%m\t%U:%G\t%n\t%l\t%TY-%Tm-%Td %TT %TZ\t%s\n' | sed -E '/\td\t/s/\t[0-9]+\t([^\t]*\t[^\t]*)\t[0-9]+$/\t-\t\1\t-/' | sort; getfattr -R -P -h -d -m '^user\.' -e hex . 2>/dev/null | sed '/^$/d' | paste -sd ' ' | sed 's/# file: /\n/g' | sed 's/ $//' | sort; find . -type f ! -path ./.backupfs.json -exec sha256sum {} + 2>/dev/null | sort -k 2) 2>&1; }
        """;

    [Theory]
    [InlineData("cp", "cp -a --sparse=always \"$src/.\" \"$b/\"")]
    [InlineData("tar", "tar -cSf - --xattrs --xattrs-include='user.*' --format=posix -C \"$src\" . | tar -xpSf - --xattrs --xattrs-include='user.*' -C \"$b\"")]
    [InlineData("rsync", "rsync -aHXS \"$src/\" \"$b/\"")]
    [Promise("metadata")]
    [Promise("sparse")]
    [Promise("plain-storage")]
    public async Task Everything_a_tool_copies_in_comes_back(string tool, string copy)
    {
        await mount.RunAsync($$"""
            {{MakeTree}}
            b=$D/{{tool}}-$N.partial; mkdir "$b"
            {{copy}}
            describe "$src" > "$W/expected"
            [ "$(wc -l < "$W/expected")" -gt 100 ]
            grep -q "user.binary=0x00ff0a00" "$W/expected"
            describe "$b" > "$W/open"; diff "$W/expected" "$W/open"
            mv "$b" "${b%.partial}"; b=${b%.partial}
            describe "$b" > "$W/complete"; diff "$W/expected" "$W/complete"
            describe "$S/db/${b##*/}" > "$W/stored"; diff "$W/expected" "$W/stored"
            # Hard links are one file, holes are holes.
            is "$(stat -c %i "$b/hard1")" "$(stat -c %i "$b/deep/er/hard3")"
            is "$(stat -c %h "$b/softhard")" 2
            files=$(find "$src" -type f -printf '%i\n' | sort -u | wc -l)
            is "$(backupfs list "$b" | cut -f 4)" "$files"; is "$(backupfs list --storage "$S" "db/${b##*/}" | cut -f 4)" "$files"
            [ "$(stat -c %b "$b/sparse")" -lt 1000 ]; [ "$(stat -c %b "$S/db/${b##*/}/sparse")" -lt 1000 ]
            # And out again by the same tool.
            mkdir "$W/back-$N"
            src=$b b=$W/back-$N
            {{copy.Replace("cp -a", "cp -a --preserve=all", StringComparison.Ordinal)}}
            rm -f "$W/back-$N/.backupfs.json"
            describe "$b" > "$W/back"; diff "$W/expected" "$W/back"
            backupfs verify "$src"
            chmod -R u+rwx "$W"
            """);
    }

    [Fact]
    [Promise("metadata")]
    public async Task Times_modes_and_attributes_set_one_by_one_are_kept()
    {
        await mount.RunAsync("""
            mkdir "$D/$N.partial"; cd "$D/$N.partial"
            echo x > f; touch -a -d '2000-01-01 00:00:00.5 UTC' f; touch -m -d '2001-01-01 00:00:00.25 UTC' f
            is "$(stat -c '%.9X %.9Y' f)" '946684800.500000000 978307200.250000000'
            chmod 4711 f; is "$(stat -c %a f)" 4711
            setfattr -n user.a -v 1 f; setfattr -n user.a -v 2 f; setfattr -n user.b -v 3 f; setfattr -x user.b f
            is "$(getfattr -d f | sed -n '2,$p' | sed '/^$/d')" 'user.a="2"'
            refused 'No such attribute' getfattr -n user.b f
            mkdir d; touch -d '2002-02-02 02:02:02.2 UTC' d; is "$(stat -c %.1Y d)" 1012615322.2
            # The backup's own directory, too.
            chmod 0750 .; setfattr -n user.root -v yes .; touch -d '2003-03-03 03:03:03 UTC' .
            cd ..; mv "$N.partial" "$N"
            is "$(stat -c '%a %Y' "$N")" '750 1046660583'
            is "$(getfattr -n user.root --only-values "$N")" yes
            is "$(stat -c '%a %.2Y' "$N/f")" '4711 978307200.25'
            is "$(stat -c '%a %Y' "$S/db/$N")" '750 1046660583'
            """);
    }

    [Fact]
    [Promise("xattr-user-only")]
    [Promise("control-hidden")]
    public async Task Attributes_that_cannot_be_kept_are_refused()
    {
        await mount.RunAsync("""
            mkdir "$D/$N.partial"; cd "$D/$N.partial"; echo x > f
            # The kernel itself keeps ordinary users from trusted attributes.
            if [ "$(id -u)" = 0 ]; then refused 'Operation not supported' setfattr -n trusted.x -v 1 f; else refused 'Operation not permitted' setfattr -n trusted.x -v 1 f; fi
            refused 'Operation not permitted' setfattr -n user.backupfs.mine -v 1 f
            refused 'Operation not permitted' setfattr -x user.backupfs.state .
            is "$(getfattr -d -m - . f)" ''
            cd ..; mv "$N.partial" "$N"
            is "$(getfattr -d -m - "$N" "$N/f")" ''
            refused 'Read-only file system' setfattr -n user.x -v 1 "$N/f"
            """);
    }

    [Fact]
    [Promise("manifest")]
    [Promise("control-sha256")]
    public async Task The_manifest_has_what_can_be_checked()
    {
        await mount.RunAsync("""
            mkdir -p "$D/$N.partial/sub"; cd "$D/$N.partial"
            head -c 3500000 /dev/urandom > sub/file; chmod 0640 sub/file; touch -d @1700000000.000000001 sub/file; ln -s sub/file link; : > empty
            cd "$D"; mv "$N.partial" "$N"
            python3 - "$S/db/$N" <<'P'
            import base64, hashlib, json, os, sys
            backup = sys.argv[1]
            manifest = json.load(open(backup + '/.backupfs.json'))
            entries = {entry['path']: entry for entry in manifest['entries']}
            assert set(entries) == {'', 'sub', 'sub/file', 'link', 'empty'}, entries.keys()
            data = open(backup + '/sub/file', 'rb').read()
            entry = entries['sub/file']
            assert entry['size'] == len(data) == 3500000, entry
            assert entry['sha256'] == hashlib.sha256(data).hexdigest()
            assert entry['mode'] == '0640' and entry['mtime'] == '1700000000.000000001', entry
            assert entry['uid'] == os.stat(backup).st_uid
            blocks = len(base64.b64decode(entry['blocks'])) // 8
            assert blocks == -(-len(data) // entry['blockSize']), (blocks, entry['blockSize'])
            assert entries['link']['target'] == 'sub/file'
            assert entries['empty']['sha256'] == hashlib.sha256(b'').hexdigest()
            lines = open(backup + '/.backupfs.json', 'rb').read().splitlines(keepends=True)
            assert json.loads(b'{' + lines[-2] + b'}')['checksum'] == 'sha256:' + hashlib.sha256(b''.join(lines[:-2])).hexdigest()
            P
            is "$(getfattr -n user.backupfs.sha256 --only-values "$N/sub/file")" "$(sha256sum < "$N/sub/file" | cut -d' ' -f1)"
            cd "$N"; backupfs checksums . > "$W/sums-$N"; sha256sum --quiet -c "$W/sums-$N"; is "$(wc -l < "$W/sums-$N")" 2
            """);
    }
}

/// <summary>As whoever runs the tests, with what the kernel moves by itself.</summary>
public sealed class MetadataTestsAsCurrentUser(ManualMount fixture) : MetadataTests(fixture.Mount), IClassFixture<ManualMount>;

/// <summary>Every byte through the daemon.</summary>
public sealed class MetadataTestsWithoutPassthrough(ManualMountWithoutPassthrough fixture)
    : MetadataTests(fixture.Mount), IClassFixture<ManualMountWithoutPassthrough>;

/// <summary>As a user without privilege.</summary>
public sealed class MetadataTestsAsOrdinaryUser(ManualMountOfUser fixture) : MetadataTests(fixture.Mount), IClassFixture<ManualMountOfUser>;
