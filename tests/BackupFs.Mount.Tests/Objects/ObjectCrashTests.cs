using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests.Objects;

/// <summary>The daemon is killed while something is written.</summary>
public sealed class ObjectCrashTests
{
    /// <summary><c>half FILE</c>: cp writes FILE and gets no further than most of it.</summary>
    private const string Half = """
        half() {
            mkfifo "$W/half"
            { head -c 50000000 /dev/urandom; exec sleep 300; } > "$W/half" 2> /dev/null & echo $! > "$W/feeder"
            cp "$W/half" "$1" > "$W/cp.out" 2>&1 &
            eventually at_least "$1" 45000000
        }

        """;

    [Theory]
    [InlineData("s3")]
    [InlineData("ceph")]
    [InlineData("azblob")]
    [InlineData("gcs")]
    [Promise("object-crash")]
    [Promise("crash-hides")]
    public async Task A_kill_in_the_middle_of_an_upload_leaves_nothing_that_looks_complete_and_can_be_aborted(string scheme)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme);
        await using var other = await place.MountAsync();
        await using var mount = await place.MountAsync();
        await mount.RunAsync(Half + """
            mkdir -p "$D/a" "$D/b.partial"; echo whole > "$D/a/f"; backupfs end "$D/a"
            echo closed > "$D/b.partial/closed"; half "$D/b.partial/big"
            """);

        // Azure keeps blocks with the blob that will be, and forgets them by itself; so does the emulator with sessions.
        var hasUploads = scheme is "s3" or "ceph";
        for (var tries = 0; hasUploads && await CountUploadsAsync(place) == 0; tries++)
        {
            Assert.True(tries < 1000, "no upload was started");
            await Task.Delay(30);
        }

        await mount.KillDaemonAsync();
        await mount.RunAsync("kill $(cat \"$W/feeder\")");
        await other.RunAsync("""
            is "$(ls "$D")" a; refused 'No such file' ls "$D/b"; refused 'No such file' ls "$D/b.partial"; is "$(cat "$D/a/f")" whole
            refused 'File exists' mkdir "$D/b"
            """);
        Assert.DoesNotContain($"{place.Directory}/b/.backupfs.json", await place.KeysAsync());
        Assert.DoesNotContain($"{place.Directory}/b/big", await place.KeysAsync());
        await mount.MountAsync();
        Assert.Equal(0, await CountUploadsAsync(place));
        await mount.RunAsync("""
            is "$(ls "$D")" a; refused 'No such file' ls "$D/b"
            refused 'File exists' mkdir "$D/b"
            backupfs abort "$D/b"
            """);
        Assert.Equal(new[] { ".backupfs.json", "f" }.Select(file => $"{place.Directory}/a/{file}"), await place.KeysAsync());
        await mount.RunAsync("mkdir \"$D/b\"; echo again > \"$D/b/f\"; backupfs end \"$D/b\"; is \"$(ls \"$D/b\")\" f");
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("azblob")]
    [Promise("object-crash-resume")]
    [Promise("resume-keeps")]
    [Promise("resume-torn")]
    public async Task A_resume_has_what_was_closed_with_its_attributes_and_the_rest_is_torn(string scheme)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme);
        await using var mount = await place.MountAsync();
        await mount.RunAsync(Half + ObjectTreeTests.Trees + """
            make_tree "$W/in"; mkdir -p "$D/b.partial"; cp -a "$W/in" "$D/b.partial/"; head -c 30000000 /dev/urandom > "$W/big"; cp -p "$W/big" "$D/b.partial/big"
            sleep 4
            half "$D/b.partial/torn"; sleep 4
            """);
        await mount.KillDaemonAsync();
        await mount.RunAsync("kill $(cat \"$W/feeder\")");
        await mount.MountAsync();
        await mount.RunAsync(ObjectTreeTests.Trees + """
            backupfs resume "$D/b"
            is "$(ls "$D")" b.partial; is "$(state "$D/b.partial")" failed
            same "$W/in" "$D/b.partial/in"; cmp "$W/big" "$D/b.partial/big"
            getfattr --absolute-names -n user.backupfs.error --only-values "$D/b.partial" | grep -q 'torn is torn'
            refused 'Input/output error' mv "$D/b.partial" "$D/b"
            echo whole > "$D/b.partial/torn"
            mv "$D/b.partial" "$D/b"; same "$W/in" "$D/b/in"; cmp "$W/big" "$D/b/big"; is "$(cat "$D/b/torn")" whole
            backupfs verify "$D/b"
            """);
    }

    private static async Task<int> CountUploadsAsync(ObjectPlace place) =>
        (await place.Store.ListUploadsAsync(place.Directory + "/", CancellationToken.None)).Value.Count;
}
