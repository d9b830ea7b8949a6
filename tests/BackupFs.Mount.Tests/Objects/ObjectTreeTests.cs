using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests.Objects;

/// <summary>What the tools of the system put into an object store comes back the same.</summary>
public sealed class ObjectTreeTests
{
    /// <summary><c>make_tree DIR</c> makes everything that cp, tar and rsync can carry; <c>same A B</c> compares two trees.</summary>
    internal const string Trees = """
        make_tree() {
            mkdir -p "$1/empty/er" "$1/sub/deep/er" "$1/Größe 日本 ?" "$1/private"
            echo one > "$1/sub/one"; : > "$1/sub/nothing"; printf 'no newline' > "$1/it's \"odd\" & 100%25 #1?=+;|~"
            echo hidden > "$1/.hidden"; echo dash > "$1/-n"; echo space > "$1/ space "; echo x > "$1/Größe 日本 ?/ñ%2Fa"
            head -c 1500000 /dev/urandom > "$1/sub/deep/er/random"; head -c 70000 /dev/zero > "$1/zeros"
            for i in $(seq 20); do echo "$i" > "$1/sub/deep/$i"; done
            ln "$1/sub/one" "$1/sub/deep/one too"; ln "$1/sub/one" "$1/a hard link"
            ln -s sub/one "$1/link"; ln -s /nowhere/at\ all "$1/dangling"; ln -s . "$1/self"; mkfifo "$1/fifo"
            setfattr -n user.mine -v 'a value' "$1/sub/one"; setfattr -n user.binary -v 0x00ff10 "$1/empty"
            chmod 4755 "$1/sub/one"; chmod 600 "$1/.hidden"; chmod 1777 "$1/empty"; chmod 2750 "$1/sub"; chmod 400 "$1/zeros"; chmod 700 "$1/private"
            touch -d '1999-12-31 23:59:59.123456789 UTC' "$1/sub/one"; touch -h -d '2001-02-03 04:05:06.7 UTC' "$1/link"
            touch -d '2038-01-20 UTC' "$1/zeros"; touch -d '1970-01-01 00:00:01 UTC' "$1/empty" "$1/sub/deep"
        }
        same() { is "$(rsync -aHX --checksum --dry-run --delete --itemize-changes "$1/" "$2/")" ''; }

        """;

    [Theory]
    [InlineData("s3")]
    [InlineData("ceph")]
    [InlineData("azblob")]
    [InlineData("gcs")]
    [InlineData("directory")]
    [Promise("directory-storage")]
    [Promise("rename-ends")]
    [Promise("metadata")]
    [Promise("read-back")]
    [Promise("complete-is-read-only")]
    [Promise("verify")]
    [Promise("control-sha256")]
    [Promise("object-keys")]
    [Promise("object-close")]
    public async Task Trees_go_in_by_cp_tar_and_rsync_and_come_back_the_same(string scheme)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme);
        await using var mount = await place.MountAsync();
        await mount.RunAsync(Trees + """
            make_tree "$W/in"; mkdir -p "$D"
            mkdir "$D/cp.partial"; cp -a "$W/in" "$D/cp.partial/"
            head -c 41943041 /dev/urandom > "$W/big"; cp "$W/big" "$D/cp.partial/big"
            # While it is open it can be read, too.
            cmp "$W/in/sub/deep/er/random" "$D/cp.partial/in/sub/deep/er/random"; is "$(ls "$D")" cp.partial; is "$(state "$D/cp.partial")" open
            mv "$D/cp.partial" "$D/cp"; is "$(state "$D/cp")" complete; is "$(ls "$D")" cp
            refused 'Read-only file system' touch "$D/cp/x"
            same "$W/in" "$D/cp/in"; cmp "$W/big" "$D/cp/big"
            mkdir "$D/tar.partial"; tar --xattrs -C "$W/in" -cf - . | tar --xattrs -xpf - -C "$D/tar.partial"
            mv "$D/tar.partial" "$D/tar"; tar -C "$W/in" -cf - . | tar --compare -f - -C "$D/tar"; same "$W/in" "$D/tar"
            mkdir "$D/rsync.partial"; rsync -aHX "$W/in/" "$D/rsync.partial/"
            backupfs end "$D/rsync.partial"; same "$W/in" "$D/rsync"
            """);

        // A second mount has nothing in memory: all of it comes from the store.
        Assert.Equal(0, await mount.UnmountAsync());
        await mount.MountAsync();
        await mount.RunAsync(Trees + """
            is "$(ls "$D")" "$(printf 'cp\nrsync\ntar')"
            cp -a "$D/cp/in" "$W/out-cp"; same "$W/in" "$W/out-cp"; same "$W/out-cp" "$W/in"
            mkdir "$W/out-tar"; tar --xattrs -C "$D/tar" -cf - . | tar --xattrs -xpf - -C "$W/out-tar"; same "$W/in" "$W/out-tar"
            rsync -aHX "$D/rsync/" "$W/out-rsync/"; same "$W/in" "$W/out-rsync"
            is "$(stat -c %h "$W/out-rsync/sub/one")" 3; is "$(stat -c '%y' "$W/out-cp/sub/one")" '1999-12-31 23:59:59.123456789 +0000'
            is "$(getfattr --absolute-names -n user.mine --only-values "$W/out-cp/a hard link")" 'a value'
            cmp "$W/big" "$D/cp/big"
            is "$(getfattr --absolute-names -n user.backupfs.sha256 --only-values "$D/cp/big")" "$(sha256sum < "$W/big" | cut -d ' ' -f 1)"
            backupfs checksums "$D/cp" > "$W/sums"; cd "$D/cp"; sha256sum --quiet -c "$W/sums"; grep -q ' big$' "$W/sums"
            is "$(wc -l < "$W/sums")" "$(find "$D/cp" -type f | wc -l)"
            backupfs verify "$D/cp"; backupfs verify "$D/rsync"
            backupfs list "$M" > "$W/listed"; is "$(grep "$(basename "$D")/" "$W/listed" | grep -c complete)" 3
            cd /; backupfs unmount "$M"
            """);
        Assert.Equal(0, await mount.DaemonEndedAsync());
        await place.DownloadAsync(Path.Combine(mount.Work, "stored"));
        await mount.RunAsync("""
            cmp "$W/big" "$W/stored/cp/big"
            cd "$W/in"; find . -type f -links 1 -print0 | while IFS= read -r -d '' file; do
                for backup in cp/in tar rsync; do cmp "$file" "$W/stored/$backup/$file"; done
            done
            """);
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("azblob")]
    [InlineData("directory")]
    [Promise("rewrite")]
    public async Task Files_are_redirected_to_appended_to_and_changed_in_the_middle(string scheme)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme);
        await using var mount = await place.MountAsync();
        await mount.RunAsync("""
            mkdir -p "$D/b.partial" "$W/b"
            for dir in "$D/b.partial" "$W/b"; do
                cd "$dir"
                seq 300000 > dump.sql; seq 100000 | gzip -n > dump.gz; seq 5 > log; seq 6 9 >> log; { echo begin; seq 1000; } > both
                head -c 3000000 /dev/zero > small; seq 1000 | dd of=small bs=1000 seek=7 conv=notrunc status=none
                seq 100 | dd of=small bs=1 seek=2999990 conv=notrunc status=none; truncate -s 2500000 small; echo end >> small
                cp small old; echo new > old; cp dump.gz moved; mv moved "was moved"; cp log gone; rm gone
                echo a > over; echo b > over.new; mv over.new over
                python3 -c '
            import mmap
            with open("mapped", "w+b") as file:
                file.truncate(1000000)
                with mmap.mmap(file.fileno(), 0) as m: m[500000:500005] = b"hello"; m.flush()'
            done
            cd /; diff -r "$W/b" "$D/b.partial"
            mv "$D/b.partial" "$D/b"; diff -r "$W/b" "$D/b"; backupfs verify "$D/b"
            """);
        Assert.Equal(
            ["both", "dump.gz", "dump.sql", "log", "mapped", "old", "over", "small", "was moved"],
            (await place.KeysAsync()).Where(key => key.StartsWith($"{place.Directory}/b/", StringComparison.Ordinal))
                .Select(key => key[$"{place.Directory}/b/".Length..]).Except([".backupfs.json"]));
    }
}
