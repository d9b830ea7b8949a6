using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>Who may look, and mounts that nobody may change.</summary>
public sealed class UserTests
{
    [Fact]
    [Promise("user-isolation")]
    public async Task Without_allow_other_nobody_else_can_look()
    {
        await using var mount = await BackupMount.StartAsync(new MountSettings { User = TestUser.Ordinary, Options = ["--end", "manual"] });
        await mount.RunAsync("mkdir -p \"$D/b.partial\"; echo secret > \"$D/b.partial/f\"; mv \"$D/b.partial\" \"$D/b\"; [ \"$(cat \"$D/b/f\")\" = secret ]; chmod 755 \"$R\"");
        if (TestEnvironment.IsRoot)
        {
            // Root, and a third user.
            Assert.True(Shell.RunPlain("sh", "-c", $"! ls '{mount.MountPoint}'"));
            Assert.True(Shell.RunPlain("sh", "-c", $"ls '{mount.MountPoint}' 2>&1 | grep -q 'Permission denied'"));
            Assert.True(Shell.RunPlain("sh", "-c", $"setpriv --reuid=12345 --regid=12345 --clear-groups cat '{mount.MountPoint}/db/b/f' 2>&1 | grep -q 'Permission denied'"));
        }
        else
        {
            var options = File.ReadLines("/proc/self/mountinfo").Single(line => line.Split(' ')[4] == mount.MountPoint);
            Assert.DoesNotContain("allow_other", options, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Promise("user-isolation")]
    public async Task With_allow_other_modes_decide()
    {
        if (!TestEnvironment.IsRoot)
        {
            // Without privilege the option needs the administrator's consent, in /etc/fuse.conf; without it mounting fails with a reason.
            await using var plain = await BackupMount.StartAsync(new MountSettings { Options = ["--end", "manual"] });
            await plain.RunAsync("""
                mkdir "$W/other"; mkdir "$W/storage"
                if grep -q '^user_allow_other' /etc/fuse.conf; then exit 0; fi
                refused user_allow_other timeout 20 backupfs mount --allow-other --foreground --storage "$W/storage" "$W/other"
                """);
            return;
        }

        await using var mount = await BackupMount.StartAsync(new MountSettings { Options = ["--end", "manual", "--allow-other"] });
        await mount.RunAsync("""
            chmod 755 "$R"; mkdir -m 755 "$D"; mkdir "$D/b.partial"; cd "$D/b.partial"; echo open > open; echo closed > closed; chmod 600 closed
            as() { setpriv --reuid=12345 --regid=12345 --clear-groups -- "$@"; }
            is "$(as cat open)" open; refused 'Permission denied' as cat closed; refused 'Permission denied' as touch new
            mkdir -m 1777 shared; as sh -c 'echo mine > "$1"' - "$PWD/shared/mine"; is "$(stat -c %u:%g shared/mine)" 12345:12345
            cd ..; mv b.partial b; is "$(as cat b/open)" open; refused 'Permission denied' as cat b/closed
            is "$(stat -c %u:%g "$S/db/b/shared/mine")" 12345:12345
            """);
    }

    [Fact]
    [Promise("read-only")]
    public async Task A_read_only_mount_refuses_every_change()
    {
        await using var mount = await BackupMount.StartAsync(new MountSettings { Options = ["--end", "manual"] });
        await mount.RunAsync("""
            mkdir -p "$D/b.partial" "$D/open" "$W/ro"; echo x > "$D/b.partial/f"; mv "$D/b.partial" "$D/b"
            mkdir "$R/home/log"
            backupfs mount --read-only --log-file "$W/ro.log" --storage "$S" "$W/ro"
            trap 'backupfs unmount --lazy "$W/ro" > /dev/null 2>&1 || true' EXIT
            cd "$W/ro/db"; is "$(cat b/f)" x; is "$(state b)" complete
            for command in 'mkdir c' 'mkdir ../other' 'touch b/g' 'rm b/f' 'rm -rf b' 'rmdir b' 'chmod 700 b' 'mv b c' 'setfattr -n user.x -v 1 b/f' 'setfattr -n user.backupfs.remove -v b .' 'touch ../x' 'ln -s x b/l'; do
                refused 'Read-only file system' $command
            done
            cd /; backupfs unmount "$W/ro"
            is "$(state "$D/open")" open; echo y > "$D/open/f"; backupfs end "$D/open"
            """);
    }

    [Theory]
    [InlineData(TestUser.Current)]
    [InlineData(TestUser.Ordinary)]
    [Promise("user-mount")]
    public async Task The_program_goes_to_the_background_when_it_is_mounted(TestUser user)
    {
        await using var mount = await BackupMount.StartAsync(new MountSettings { User = user, Options = ["--end", "manual"] });
        await mount.RunAsync("""
            mkdir "$W/m" "$W/s"
            trap 'backupfs unmount --lazy "$W/m" > /dev/null 2>&1 || true' EXIT
            backupfs mount --storage "$W/s" --log-file "$W/background.log" "$W/m"
            mkdir -p "$W/m/db/b"; cp /etc/passwd "$W/m/db/b/"; cmp /etc/passwd "$W/m/db/b/passwd"
            pid=$(getfattr --absolute-names -n user.backupfs.pid --only-values "$W/m"); kill -0 "$pid"
            refused 'mounted already' backupfs mount --storage "$W/s" "$W/m"
            backupfs unmount "$W/m" > "$W/out"; grep -q 'completed db/b' "$W/out"
            gone "$pid"; cmp /etc/passwd "$W/s/db/b/passwd"; is "$(ls -A "$W/m")" ''
            : > "$W/file"; refused 'not a directory' backupfs mount --storage "$W/s" "$W/file"
            # Whoever reads what it prints need not wait for the end of the mount.
            export W; timeout 60 sh -c 'backupfs mount --storage "$W/s" --log-file "$W/background.log" "$W/m" 2>&1 | cat > "$W/said"'
            grep -q 'mounted on' "$W/said"; backupfs unmount "$W/m"
            """);
    }

    [Theory]
    [InlineData(TestUser.Current)]
    [InlineData(TestUser.Ordinary)]
    [Promise("mount-dead")]
    public async Task A_mount_whose_daemon_was_killed_is_mounted_again(TestUser user)
    {
        await using var mount = await BackupMount.StartAsync(new MountSettings { User = user, Options = ["--end", "manual"] });
        await mount.RunAsync("""
            mkdir "$W/m" "$W/s"
            trap 'backupfs unmount --lazy "$W/m" > /dev/null 2>&1 || true' EXIT
            backupfs mount --storage "$W/s" --log-file "$W/background.log" "$W/m"
            mkdir -p "$W/m/db/b.partial"; echo x > "$W/m/db/b.partial/f"; mv "$W/m/db/b.partial" "$W/m/db/b"
            mkdir "$W/m/db/half"; echo x > "$W/m/db/half/f"
            pid=$(getfattr --absolute-names -n user.backupfs.pid --only-values "$W/m"); kill -9 "$pid"; eventually gone "$pid"
            refused '' ls "$W/m"
            backupfs mount --storage "$W/s" --log-file "$W/background.log" "$W/m"
            is "$(ls "$W/m/db")" b; is "$(cat "$W/m/db/b/f")" x
            backupfs unmount "$W/m"
            """);
    }
}
