using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>What survives.</summary>
public sealed class DurabilityTests
{
    [RootFact]
    [Promise("durable-end")]
    public async Task An_end_that_returned_survives_the_loss_of_all_that_was_not_synced()
    {
        // A snapshot of the disk's own bytes at the moment the end returned, with what the kernel had written by then and no more.
        await using var disk = await SmallDisk.CreateAsync();
        await using var mount = await BackupMount.StartAsync(new MountSettings { Storage = disk.Directory, Options = ["--end", "manual"] });
        await mount.RunAsync($$"""
            mkdir -p "$D/b.partial/sub/deep"; head -c 7000000 /dev/urandom > "$W/data"; cp "$W/data" "$D/b.partial/sub/deep/f"; ln -s f "$D/b.partial/sub/deep/link"
            for i in $(seq 100); do echo "$i" > "$D/b.partial/sub/f$i"; done
            mkdir "$D/never.partial"; echo x > "$D/never.partial/f"
            mv "$D/b.partial" "$D/b"; cp --sparse=always "{{disk.ImageFile}}" "$W/snapshot"
            """);
        await using var survived = await SmallDisk.FromImageAsync(Path.Combine(mount.Work, "snapshot"));
        await using var again = await BackupMount.StartAsync(new MountSettings { Storage = survived.Directory, Options = ["--end", "manual"] });
        await again.RunAsync($$"""
            is "$(ls "$D")" b; is "$(state "$D/b")" complete; backupfs verify "$D/b"; cmp "{{mount.Work}}/data" "$D/b/sub/deep/f"; is "$(find "$D/b" | wc -l)" 105
            """);
    }

    [Fact]
    [Promise("crash-hides")]
    [Promise("durable-end")]
    public async Task A_daemon_killed_at_any_moment_of_an_end_leaves_the_whole_or_nothing()
    {
        var whole = 0;
        await using var mount = await BackupMount.StartAsync(new MountSettings { Options = ["--end", "manual"] });
        for (var round = 0; round < 8; round++)
        {
            await mount.RunAsync($$"""
                mkdir -p "$D/b{{round}}.partial"; for i in $(seq 200); do echo "$i" > "$D/b{{round}}.partial/f$i"; done
                mv "$D/b{{round}}.partial" "$D/b{{round}}" > /dev/null 2>&1 &
                sleep 0.{{round * 13 / 10:D2}}
                kill -9 "$DAEMON"; wait $! || true
                """);
            await mount.KillDaemonAsync();
            await mount.MountAsync();
            whole += int.Parse(
                await mount.RunAsync($$"""
                    if [ -e "$S/db/b{{round}}" ]; then
                        is "$(state "$D/b{{round}}")" complete; is "$(ls "$D/b{{round}}" | wc -l)" 200; backupfs verify "$D/b{{round}}" > /dev/null; echo 1
                    else
                        refused 'No such file' ls "$D/b{{round}}"; echo 0
                    fi
                    """),
                System.Globalization.CultureInfo.InvariantCulture);
        }

        Assert.InRange(whole, 0, 8);
        await mount.RunAsync("""
            for b in $(seq 0 7); do [ -e "$D/b$b" ] || { backupfs resume "$D/b$b"; backupfs end "$D/b$b.partial" || { backupfs accept "$D/b$b.partial"; backupfs end "$D/b$b.partial"; }; }; is "$(ls "$D/b$b" | wc -l)" 200; done
            """);
    }
}
