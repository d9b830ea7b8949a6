using Amazon.S3;
using Amazon.S3.Model;
using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests.Objects;

/// <summary>Several mounts of one store.</summary>
public sealed class ObjectElsewhereTests
{
    [Theory]
    [InlineData("s3")]
    [InlineData("ceph")]
    [InlineData("azblob")]
    [InlineData("gcs")]
    [Promise("object-never-half")]
    [Promise("object-elsewhere")]
    [Promise("name-taken")]
    public async Task Another_mount_sees_a_backup_when_it_is_complete_and_until_it_is_removed(string scheme)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme);
        await using var mount = await place.MountAsync("--allow-remove");
        await using var other = await place.MountAsync("--show-incomplete");
        await mount.RunAsync($$"""
            O={{other.MountPoint}}/{{place.Directory}}
            mkdir -p "$D" "$O"
            hidden() {
                is "$(ls "$O")" ''; refused 'No such file' cat "$O/b/f"; refused 'No such file' stat "$O/b"; refused 'No such file' stat "$O/b.partial"
            }
            # What is promised is two seconds; the rest is for a machine that is busy.
            soon() {
                local start=$(date +%s%3N); eventually "$@"; local took=$(($(date +%s%3N) - start))
                [ "$took" -lt 5000 ] || { printf 'took %s ms: %s\n' "$took" "$*" >&2; exit 95; }
            }
            mkdir "$D/b.partial"; hidden
            head -c 9000000 /dev/urandom > "$W/f"; cp "$W/f" "$D/b.partial/f"; hidden
            refused 'File exists' mkdir "$O/b"; refused 'File exists' mkdir "$O/b.partial"
            sleep 1.5; hidden
            { cat "$W/f"; sleep 1.5; echo end; } > "$D/b.partial/g" & writer=$!
            eventually at_least "$D/b.partial/g" 9000000; hidden; wait $writer; hidden
            mv "$D/b.partial" "$D/b"
            listed() { [ "$(ls "$O")" = b ]; }; soon listed
            is "$(state "$O/b")" complete; cmp "$W/f" "$O/b/f"; is "$(tail -c 4 "$O/b/g")" end
            refused 'File exists' mkdir "$O/b"
            rm -r "$D/b"
            unlisted() { [ -z "$(ls "$O")" ] && [ ! -e "$O/b" ]; }; soon unlisted
            mkdir "$O/b"; echo new > "$O/b/f"; backupfs end "$O/b"
            appeared() { [ "$(cat "$D/b/f")" = new ]; }; soon appeared
            """);
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("azblob")]
    [InlineData("s3 that ignores conditions")]
    [Promise("object-race")]
    [Promise("name-race")]
    public async Task Of_16_that_start_the_same_backup_over_4_mounts_one_wins(string store)
    {
        await using var place = store.EndsWith("conditions", StringComparison.Ordinal)
            ? await ObjectPlace.CreateInBucketAsync(await CreateVersionedBucketAsync())
            : await ObjectPlace.CreateAsync(store);
        await using var first = await place.MountAsync();
        await using var second = await place.MountAsync();
        await using var third = await place.MountAsync();
        await using var fourth = await place.MountAsync();
        await first.RunAsync($$"""
            mounts=({{first.MountPoint}} {{second.MountPoint}} {{third.MountPoint}} {{fourth.MountPoint}})
            for mount in "${mounts[@]}"; do mkdir -p "$mount/db"; done
            for round in 1 2 3; do
                : > "$W/won"; : > "$W/lost"
                for i in $(seq 16); do
                    mount=${mounts[i % 4]}
                    { if mkdir "$mount/db/r$round" 2>> "$W/lost"; then printf '%s\n' "$mount" >> "$W/won"; fi; } &
                done
                wait
                # What several write at once to one file may share a line.
                is "$(wc -l < "$W/won")" 1; is "$(grep -o 'File exists' "$W/lost" | wc -l)" 15
                winner=$(cat "$W/won"); echo "$round" > "$winner/db/r$round/f"; backupfs end "$winner/db/r$round"
                for mount in "${mounts[@]}"; do eventually test -e "$mount/db/r$round/f"; is "$(cat "$mount/db/r$round/f")" "$round"; done
            done
            """);
        Assert.Equal(
            Enumerable.Range(1, 3).SelectMany(round => new[] { $"db/r{round}/.backupfs.json", $"db/r{round}/f" }), await place.KeysAsync());
    }

    /// <summary>Ceph's gateway says nothing of conditions there, and does not heed them.</summary>
    private static async Task<string> CreateVersionedBucketAsync()
    {
        var bucket = $"versioned-{ObjectServers.Unique()}";
        using var client = await ObjectServers.OpenS3ClientAsync();
        await client.PutBucketAsync(bucket);
        await client.PutBucketVersioningAsync(new PutBucketVersioningRequest
        {
            BucketName = bucket,
            VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled },
        });
        return bucket;
    }
}
