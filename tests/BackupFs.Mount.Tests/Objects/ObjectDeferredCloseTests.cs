using BackupFs.FaultProxy;
using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests.Objects;

/// <summary>Closes that return before the store has the file, because the operator said so.</summary>
public sealed class ObjectDeferredCloseTests
{
    /// <summary>Long enough that a script gets there before it is over, and shorter than any time-out.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(10);

    /// <summary>Long enough that a close returns first.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    /// <summary>Longer than any of these tests.</summary>
    private static readonly TimeSpan Endless = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData("s3")]
    [InlineData("azblob")]
    [Promise("deferred-close")]
    [Promise("deferred-end")]
    public async Task A_close_returns_before_the_store_has_the_file_and_the_end_when_it_has_all(string scheme)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme, hasProxy: true);
        await using var mount = await place.MountAsync("--close", "deferred");
        place.Proxy!.Http.Add(new HttpFault { Method = "PUT", PathContains = "/b/f", Times = int.MaxValue, Delay = Slow });
        await mount.RunAsync("""
            mkdir -p "$D/b.partial" "$W/in"; for i in 1 2 3 4 5; do head -c 5000 /dev/urandom > "$W/in/f$i"; done
            cp -a "$W/in/." "$D/b.partial/"
            backupfs status "$D/b.partial" | grep -q storing
            """);
        Assert.DoesNotContain(await place.KeysAsync(), key => key.StartsWith($"{place.Directory}/b/", StringComparison.Ordinal));
        await mount.RunAsync("""
            diff -r "$W/in" "$D/b.partial"
            mv "$D/b.partial" "$D/b"; is "$(state "$D/b")" complete; diff -r "$W/in" "$D/b"; backupfs verify "$D/b"
            """);
        Assert.Equal(6, (await place.KeysAsync()).Count);
    }

    [Fact]
    [Promise("deferred-close")]
    public async Task An_fsync_returns_when_the_store_has_the_file()
    {
        await using var place = await ObjectPlace.CreateAsync("s3", hasProxy: true);
        await using var mount = await place.MountAsync("--close", "deferred");
        place.Proxy!.Http.Add(new HttpFault { Method = "PUT", PathContains = "/b/f", Times = int.MaxValue, Delay = Slow });
        await mount.RunAsync("mkdir -p \"$D/b\"; echo text > \"$D/b/f\"; sync \"$D/b/f\"");
        Assert.Contains($"{place.Directory}/b/f", await place.KeysAsync());
    }

    [Fact]
    [Promise("deferred-error")]
    public async Task A_file_that_the_store_refuses_after_its_close_keeps_the_backup_from_ending_until_it_is_written_again()
    {
        await using var place = await ObjectPlace.CreateAsync("s3", hasProxy: true, "&timeout=5s&retries=1");
        await using var mount = await place.MountAsync("--close", "deferred");
        place.Proxy!.Http.Add(new HttpFault
        {
            Method = "PUT", PathContains = "/b/bad", Times = int.MaxValue, Delay = Short, Answer = HttpAnswer.S3Error(403, "AccessDenied", "no"),
        });
        await mount.RunAsync("""
            mkdir -p "$D/b.partial"; echo good > "$D/b.partial/good"; head -c 9000 /dev/urandom > "$W/bad"
            cp "$W/bad" "$D/b.partial/bad 1"; cp "$W/bad" "$D/b.partial/bad 2"; cp "$W/bad" "$D/b.partial/bad 3"
            refused 'Input/output error' mv "$D/b.partial" "$D/b"
            is "$(state "$D/b.partial")" failed
            getfattr --absolute-names -n user.backupfs.error --only-values "$D/b.partial" > "$W/error"
            grep -q 'bad 1' "$W/error"; grep -q 'bad 2' "$W/error"; grep -q 'bad 3' "$W/error"; lacks good "$W/error"
            refused 'Permission denied' sync "$D/b.partial/bad 1"
            refused 'Input/output error' mv "$D/b.partial" "$D/b"
            """);
        Assert.DoesNotContain($"{place.Directory}/b/.backupfs.json", await place.KeysAsync());
        place.Proxy.Http.Clear();
        await mount.RunAsync("""
            cp "$W/bad" "$D/b.partial/bad 1"; rm "$D/b.partial/bad 2"; echo new > "$D/b.partial/new"; mv "$D/b.partial/new" "$D/b.partial/bad 3"
            mv "$D/b.partial" "$D/b"; cmp "$W/bad" "$D/b/bad 1"; is "$(cat "$D/b/bad 3")" new; backupfs verify "$D/b"
            """);
    }

    [Fact]
    [Promise("deferred-crash")]
    public async Task A_file_that_the_store_did_not_have_when_the_daemon_died_is_torn()
    {
        await using var place = await ObjectPlace.CreateAsync("s3", hasProxy: true);
        await using var mount = await place.MountAsync("--close", "deferred");
        place.Proxy!.Http.Add(new HttpFault { Method = "PUT", PathContains = "/b/slow", Times = int.MaxValue, Delay = Endless });

        // The journal is behind, and the more so the slower the store is; fsync of a directory writes it.
        await mount.RunAsync("""
            mkdir -p "$D/b.partial"; echo good > "$D/b.partial/good"; sync "$D/b.partial/good"; echo lost > "$D/b.partial/slow"
            eventually eval 'getfattr -n user.backupfs.status --only-values "$D/b.partial" | grep -qx "storing: 1"'
            sleep 1; sync "$D/b.partial"
            """);
        await mount.KillDaemonAsync();
        place.Proxy.Http.Clear();
        await mount.MountAsync();
        await mount.RunAsync("""
            is "$(ls "$D")" ""
            backupfs resume "$D/b"
            is "$(cat "$D/b.partial/good")" good
            getfattr --absolute-names -n user.backupfs.error --only-values "$D/b.partial" > "$W/error"
            grep -q 'slow is torn' "$W/error"; lacks good "$W/error"
            refused 'Input/output error' mv "$D/b.partial" "$D/b"
            echo again > "$D/b.partial/slow"; mv "$D/b.partial" "$D/b"; is "$(cat "$D/b/slow")" again
            """);
    }

    [Theory]
    [InlineData("backupfs abort \"$D/b.partial\"")]
    [InlineData("rm -r \"$D/b.partial\"")]
    [Promise("deferred-use")]
    public async Task A_backup_is_given_up_with_files_on_their_way(string how)
    {
        await using var place = await ObjectPlace.CreateAsync("s3", hasProxy: true);
        await using var mount = await place.MountAsync("--close", "deferred");
        place.Proxy!.Http.Add(new HttpFault { Method = "PUT", PathContains = "/b/f", Times = int.MaxValue, Delay = Slow });
        await mount.RunAsync($$"""
            mkdir -p "$D/b.partial"; for i in $(seq 50); do echo $i > "$D/b.partial/f$i"; done
            {{how}}
            is "$(ls "$D")" ""
            mkdir "$D/b.partial"; echo new > "$D/b.partial/new"; mv "$D/b.partial" "$D/b"; is "$(ls "$D/b")" new
            """);
        Assert.Equal(new[] { ".backupfs.json", "new" }.Select(file => $"{place.Directory}/b/{file}"), await place.KeysAsync());
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("gcs")]
    [Promise("deferred-use")]
    [Promise("deferred-bound")]
    public async Task Trees_come_back_through_rsync_and_rewriting_with_little_memory(string scheme)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme);
        await using var mount = await place.MountAsync("--close", "deferred", "--memory", "64MiB", "--requests", "40");
        await mount.RunAsync(ObjectTreeTests.Trees + """
            make_tree "$W/in"; for i in $(seq 200); do head -c 3000 /dev/urandom > "$W/in/small $i"; done
            head -c 50000000 /dev/urandom > "$W/in/big"; : > "$W/in/nothing"
            mkdir -p "$D/b.partial"; cp -a "$W/in" "$D/b.partial/copied"; rsync -aHX "$W/in/" "$D/b.partial/synced/"
            cd "$D/b.partial"
            for i in $(seq 20); do
                echo first > again$i; echo second >> again$i; mv again$i moved$i; chmod 600 moved$i; truncate -s 3 moved$i; is "$(cat moved$i)" fir
                echo $i > gone$i; rm gone$i
            done
            cd /
            mv "$D/b.partial" "$D/b"
            same "$W/in" "$D/b/copied"; same "$W/in" "$D/b/synced"; is "$(cat "$D/b/moved7")" fir; is "$(stat -c %a "$D/b/moved7")" 600
            backupfs verify "$D/b"
            """);
    }

    [Fact]
    [Promise("deferred-end")]
    public async Task An_unmount_waits_for_files_on_their_way()
    {
        await using var place = await ObjectPlace.CreateAsync("s3", hasProxy: true);
        await using var mount = await BackupMount.StartAsync(
            new MountSettings { Storage = place.Url, Directory = place.Directory, Options = ["-o", "close=deferred"] });
        place.Proxy!.Http.Add(new HttpFault { Method = "PUT", PathContains = "/b/f", Times = int.MaxValue, Delay = Slow });
        await mount.RunAsync("mkdir -p \"$D/b\"; for i in 1 2 3; do echo $i > \"$D/b/f$i\"; done; backupfs unmount \"$M\"");
        Assert.Equal(new[] { ".backupfs.json", "f1", "f2", "f3" }.Select(file => $"{place.Directory}/b/{file}"), await place.KeysAsync());
    }
}
