using System.Text;
using BackupFs.FaultProxy;
using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests.Objects;

/// <summary>Which objects there are, and which requests are needed to see them.</summary>
public sealed class ObjectLayoutTests
{
    private const string VitessName = "2024-10-11.094342.zone1-0000000402";

    [Theory]
    [InlineData("s3")]
    [InlineData("ceph")]
    [InlineData("azblob")]
    [InlineData("gcs")]
    [Promise("object-keys")]
    [Promise("object-only-files")]
    public async Task A_complete_backup_is_its_files_and_its_manifest_and_nothing_else(string scheme)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme);
        await using var mount = await place.MountAsync();
        var large = new byte[30_000_000];
        new Random(1).NextBytes(large);
        await File.WriteAllBytesAsync(Path.Combine(mount.Work, "large"), large);
        await mount.RunAsync("""
            mkdir -p "$D/b.partial/sub/deep" "$D/b.partial/empty"; cd "$D/b.partial"
            cp "$W/large" sub/large; printf content > 'sub/deep/a file'; : > nothing; ln nothing twice; ln -s sub/large link; mkfifo fifo
            echo gone > gone; rm gone; echo first > renamed.tmp; mv renamed.tmp renamed; echo old > over; echo new > over.tmp; mv over.tmp over
            mkdir was; echo moved > was/f; mv was is; seq 9 > again; seq 3 > again; cp "$W/large" large.tmp; mv large.tmp sub/large2; rm -r empty; mkdir empty
            cd /; mv "$D/b.partial" "$D/b"
            """);
        var prefix = $"{place.Directory}/b/";
        string[] files = [".backupfs.json", "again", "is/f", "nothing", "over", "renamed", "sub/deep/a file", "sub/large", "sub/large2"];
        Assert.Equal(files.Select(file => prefix + file), await place.KeysAsync());
        Assert.Equal("content", Encoding.UTF8.GetString(await place.ReadAsync(prefix + "sub/deep/a file")));
        Assert.Equal("1\n2\n3\n", Encoding.UTF8.GetString(await place.ReadAsync(prefix + "again")));
        Assert.Equal("new\n", Encoding.UTF8.GetString(await place.ReadAsync(prefix + "over")));
        Assert.Equal("moved\n", Encoding.UTF8.GetString(await place.ReadAsync(prefix + "is/f")));
        Assert.Empty(await place.ReadAsync(prefix + "nothing"));
        Assert.Equal(large, await place.ReadAsync(prefix + "sub/large"));
        Assert.Equal(large, await place.ReadAsync(prefix + "sub/large2"));
        Assert.Empty((await place.Store.ListUploadsAsync(place.Directory + "/", CancellationToken.None)).Value);
        await mount.RunAsync("backupfs abort \"$D/b\" 2> /dev/null && exit 90; mkdir \"$D/c\"; echo x > \"$D/c/f\"; rm -r \"$D/c\"");
        Assert.Equal(files.Select(file => prefix + file), await place.KeysAsync());
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("ceph")]
    [InlineData("azblob")]
    [InlineData("gcs")]
    [Promise("object-vitess")]
    [Promise("foreign")]
    [Promise("foreign-vitess")]
    public async Task What_Vitess_stored_is_listed_and_read(string scheme)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme);
        var content = new byte[3_000_000];
        new Random(2).NextBytes(content);
        await place.PutAsync($"{place.Directory}/-80/{VitessName}/MANIFEST", "{\"BackupMethod\": \"builtin\"}");
        await place.PutAsync($"{place.Directory}/-80/{VitessName}/0", content);
        await place.PutAsync($"{place.Directory}/-80/{VitessName}/1", "one");
        await place.PutAsync($"{place.Directory}/-80/2024-10-12.094342.zone1-0000000402/0", "no manifest yet");
        var stored = await place.KeysAsync();

        // Another keyspace of the same server may have another layout: there nothing can be found out.
        string[][] layouts = scheme == "ceph" ? [["--dir-levels", "2"]] : [["--dir-levels", "2"], []];
        foreach (var layout in layouts)
        {
            await using var mount = await place.MountAsync(layout);
            await File.WriteAllBytesAsync(Path.Combine(mount.Work, "0"), content);
            await mount.RunAsync($$"""
                name={{VitessName}}
                is "$(ls "$D")" -80; is "$(ls "$D/-80")" "$name"; is "$(ls "$D/-80/$name")" "$(printf '0\n1\nMANIFEST')"
                is "$(state "$D/-80/$name")" foreign; cmp "$W/0" "$D/-80/$name/0"; is "$(cat "$D/-80/$name/1")" one
                is "$(stat -c '%F %s' "$D/-80/$name/0")" 'regular file 3000000'; grep -q builtin "$D/-80/$name/MANIFEST"
                refused 'Read-only file system' touch "$D/-80/$name/2"
                refused 'File exists' mkdir "$D/-80/$name"
                refused 'No such file' ls "$D/-80/2024-10-12.094342.zone1-0000000402"
                backupfs list "$M" > "$W/listed"; grep "$name" "$W/listed" | grep -q foreign
                """);
        }

        await using (var mount = await place.MountAsync("--dir-levels", "2", "--show-incomplete"))
        {
            await mount.RunAsync("""
                is "$(ls "$D/-80" | wc -l)" 2; is "$(state "$D/-80/2024-10-12.094342.zone1-0000000402")" incomplete
                new=$D/-80/2024-10-13.094342.zone1-0000000402; mkdir "$new"; echo x > "$new/f"; backupfs end "$new"
                """);
        }

        Assert.Equal(
            stored.Concat([$"{place.Directory}/-80/2024-10-13.094342.zone1-0000000402/.backupfs.json", $"{place.Directory}/-80/2024-10-13.094342.zone1-0000000402/f"]),
            await place.KeysAsync());
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("azblob")]
    [Promise("object-remove")]
    [Promise("remove-exact")]
    public async Task A_removal_takes_all_objects_of_a_backup_and_of_no_other(string scheme)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme);
        await using var mount = await place.MountAsync("--allow-remove");
        await mount.RunAsync("""
            mkdir -p "$D"; for b in b b2 b-3 'b 4'; do
                mkdir -p "$D/$b.partial/sub"; for i in $(seq 30); do echo "$i" > "$D/$b.partial/sub/$i"; done; mv "$D/$b.partial" "$D/$b"
            done
            """);
        var all = await place.KeysAsync();
        var prefix = $"{place.Directory}/b/";
        Assert.Equal(31, all.Count(key => key.StartsWith(prefix, StringComparison.Ordinal)));
        await mount.RunAsync("rm -r \"$D/b\"; is \"$(ls \"$D\")\" \"$(printf 'b 4\\nb-3\\nb2')\"");
        Assert.Equal(all.Where(key => !key.StartsWith(prefix, StringComparison.Ordinal)), await place.KeysAsync());
        await mount.RunAsync("""
            for b in b2 b-3 'b 4'; do backupfs verify "$D/$b"; is "$(cat "$D/$b/sub/30")" 30; done
            mkdir "$D/b"; echo new > "$D/b/f"; backupfs end "$D/b"; is "$(ls "$D/b")" f
            """);
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("azblob")]
    [Promise("object-listing")]
    public async Task A_listing_of_1200_backups_costs_a_handful_of_requests(string scheme)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme, hasProxy: true);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 1200),
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (number, _) => await place.PutAsync($"{place.Directory}/b{number:0000}/.backupfs.json", "{}"));
        await using var mount = await place.MountAsync("--dir-levels", "1");
        await mount.RunAsync("ls -d \"$D\"");
        var requests = place.Proxy!.Http.Requests;
        requests.Clear();
        await mount.RunAsync("/bin/ls -U \"$D\" > \"$W/names\"; is \"$(sort -u \"$W/names\" | wc -l)\" 1200; grep -qx b0000 \"$W/names\"; grep -qx b1199 \"$W/names\"");
        Assert.True(requests.Count <= 10, $"{requests.Count} requests:\n{string.Join('\n', requests.Take(40))}");
    }

    [Fact]
    [Promise("object-long-listing")]
    public async Task A_long_listing_asks_for_many_backups_at_a_time_and_hardly_for_one_twice()
    {
        const int Many = 150;
        await using var place = await ObjectPlace.CreateAsync("s3", hasProxy: true);
        await using var mount = await place.MountAsync("--dir-levels", "1");
        await mount.RunAsync("mkdir -p \"$D/first.partial\"; chmod 2750 \"$D/first.partial\"; echo 1 > \"$D/first.partial/f\"; mv \"$D/first.partial\" \"$D/first\"");
        var manifest = await place.ReadAsync($"{place.Directory}/first/.backupfs.json");
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Many),
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (number, _) => await place.PutAsync($"{place.Directory}/b{number:0000}/.backupfs.json", manifest));
        var requests = place.Proxy!.Http.Requests;
        place.Proxy.Http.Add(new HttpFault { Method = "GET", PathContains = "/b0", Delay = TimeSpan.FromMilliseconds(50), Times = int.MaxValue });
        var connections = place.Proxy.Accepted;
        requests.Clear();

        await mount.RunAsync("/bin/ls -lU \"$D\" > \"$W/long\"; is \"$(grep -c '^drwxr-s--- .* b0' \"$W/long\")\" 150");

        var asked = requests.Where(request => request.StartsWith("GET ", StringComparison.Ordinal) && request.Contains("/b0", StringComparison.Ordinal));
        Assert.Equal(Many, asked.Distinct().Count());

        // On a machine that stands still for a second, up to 16 answers are too old and asked for again.
        Assert.True(requests.Count <= Many * 3 / 2, $"{requests.Count} requests:\n{string.Join('\n', requests.Take(40))}");
        Assert.InRange(place.Proxy.Accepted - connections, 8, 40);
    }
}
