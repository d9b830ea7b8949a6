using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>What an unmount does with open backups, and what a daemon that dies leaves.</summary>
public sealed class UnmountTests
{
    [Theory]
    [InlineData(TestUser.Current)]
    [InlineData(TestUser.Ordinary)]
    [Promise("unmount-ends")]
    [Promise("user-mount")]
    public async Task A_clean_unmount_ends_what_is_whole(TestUser user)
    {
        await using var mount = await BackupMount.StartAsync(new MountSettings { User = user });
        await mount.RunAsync("mkdir -p \"$D/monday\"; cp /etc/passwd \"$D/monday/\"");
        Assert.Equal(0, await mount.UnmountAsync());
        await mount.RunAsync("cmp /etc/passwd \"$S/db/monday/passwd\"; [ -f \"$S/db/monday/.backupfs.json\" ]");
        Assert.Contains("db/monday: complete (unmount)", mount.Log, StringComparison.Ordinal);
    }

    [Fact]
    [Promise("unmount-reports")]
    public async Task The_command_names_what_stays_incomplete()
    {
        await using var mount = await BackupMount.StartAsync(new MountSettings());
        await mount.RunAsync("""
            mkdir -p "$D/whole" "$D/torn" "$D/part.partial" "$D/empty"
            cp /etc/passwd "$D/whole/"; cp /etc/passwd "$D/part.partial/"
            sh -c 'echo half; exit 3' > "$D/torn/f" || true
            if backupfs unmount "$M" > "$W/out"; then exit 80; else is $? 1; fi
            grep -q 'completed db/whole' "$W/out"
            grep -q 'incomplete db/torn: f is torn.*exit status 3' "$W/out"
            grep -q 'incomplete db/part' "$W/out"
            [ -f "$S/db/whole/.backupfs.json" ]; [ ! -e "$S/db/torn" ]; [ ! -e "$S/db/part" ]
            """);
        Assert.Equal(1, await mount.DaemonEndedAsync());
    }

    [Fact]
    [Promise("unmount-reports")]
    [Promise("manual-never-ends")]
    public async Task With_a_manual_end_an_unmount_ends_nothing()
    {
        await using var mount = await BackupMount.StartAsync(new MountSettings { Options = ["--end", "manual"] });
        await mount.RunAsync("mkdir -p \"$D/monday\"; cp /etc/passwd \"$D/monday/\"");
        Assert.Equal(1, await mount.UnmountAsync());
        await mount.RunAsync("[ ! -e \"$S/db/monday\" ]; grep -q 'db/monday: left incomplete' \"$L\"");
    }

    [Fact]
    [Promise("show-incomplete")]
    [Promise("resume-keeps")]
    [Promise("durable-fsync")]
    [Promise("resume-torn")]
    [Promise("torn-rewritten")]
    public async Task What_a_killed_daemon_left_can_be_resumed()
    {
        await using var mount = await BackupMount.StartAsync(new MountSettings { Options = ["--end", "manual", "--show-incomplete"] });
        await mount.RunAsync("""
            mkdir -p "$D/monday/sub"; cd "$D/monday"
            head -c 3000000 /dev/urandom > "$W/data"; cp "$W/data" closed; cp -a "$W/data" sub/second; ln closed link; sync closed sub .
            (dd if="$W/data" bs=1M status=none; exec sleep 300) > half 2> /dev/null & echo $! > "$W/writer"
            eventually at_least half 2000000
            """);
        await mount.KillDaemonAsync();
        await mount.RunAsync("kill $(cat \"$W/writer\")");
        await mount.MountAsync();
        await mount.RunAsync("""
            cd "$D"
            is "$(state monday)" incomplete; cmp "$W/data" monday/closed
            refused 'Read-only file system' touch monday/new
            backupfs resume "$D/monday"
            is "$(ls)" monday.partial; is "$(state monday.partial)" failed
            refused 'half' backupfs end monday.partial
            refused 'Input/output error' mv monday.partial monday
            cmp "$W/data" monday.partial/closed; cmp "$W/data" monday.partial/sub/second; is "$(stat -c %h monday.partial/link)" 2
            cp "$W/data" monday.partial/half
            mv monday.partial monday
            is "$(state monday)" complete; for f in closed link sub/second half; do cmp "$W/data" "monday/$f"; done
            backupfs verify monday
            """);
    }

    [Fact]
    [Promise("resume-torn")]
    [Promise("torn-removed")]
    [Promise("torn-accepted")]
    [Promise("abort-removes")]
    public async Task What_was_torn_before_a_clean_unmount_is_torn_after_a_resume()
    {
        await using var mount = await BackupMount.StartAsync(new MountSettings { Options = ["--end", "manual"] });
        await mount.RunAsync("""
            mkdir -p "$D/a" "$D/b" "$D/c" "$D/d"
            for b in a b c d; do cp /etc/passwd "$D/$b/good"; sh -c 'echo half; exit 3' > "$D/$b/f" || true; done
            sh -c 'echo half > "$1"; kill -9 $$' - "$D/d/f" || true
            """);
        Assert.Equal(1, await mount.UnmountAsync());
        await mount.MountAsync();
        await mount.RunAsync("""
            cd "$D"; is "$(ls)" ''
            for b in a b c; do backupfs resume "$D/$b"; refused 'f is torn' backupfs end "$b.partial"; done
            rm a.partial/f; mv a.partial a; is "$(ls a)" good
            backupfs accept b.partial/f; mv b.partial b; is "$(cat b/f)" half; grep -q '"accepted":\[.*f' "$S/db/b/.backupfs.json"
            backupfs abort "$D/c.partial"; backupfs abort "$D/d"; refused 'd' backupfs resume "$D/d"
            is "$(ls "$D")" "$(printf 'a\nb')"; is "$(find "$S" -name good | wc -l)" 2
            """);
    }
}
