using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests.Objects;

/// <summary>What a plain directory has over other object stores.</summary>
public sealed class DirectoryTests
{
    [Fact]
    [Promise("directory-any-order")]
    public async Task A_file_of_any_size_is_written_in_any_order_without_a_spool_of_ones_own()
    {
        await using var place = ObjectPlace.CreateInDirectory();
        await using var mount = await place.MountAsync();
        await mount.RunAsync("""
            mkdir -p "$D/b.partial"
            python3 - "$D/b.partial/large" "$W/large" <<'P'
            import os, random, sys
            order = list(range(400)); random.Random(7).shuffle(order)
            for path in sys.argv[1:]:
                with open(path, 'w+b', 0) as file:
                    for number in order + [0, 177]:
                        file.seek(number << 20); file.write(bytes([number % 250 + 1]) * (1 << 20))
                    file.seek(5 << 20); assert file.read(3) == bytes([6]) * 3
            P
            mv "$D/b.partial" "$D/b"; cmp "$W/large" "$D/b/large"; backupfs verify "$D/b"
            """);
        Assert.Equal(
            [$"{place.Directory}/b/.backupfs.json", $"{place.Directory}/b/large"],
            (await place.KeysAsync()).Where(key => key.StartsWith(place.Directory + "/", StringComparison.Ordinal)));
    }

    [Fact]
    [Promise("directory-beside-file")]
    public async Task The_file_storage_shows_complete_backups_of_the_same_directory_and_hides_open_ones()
    {
        await using var place = ObjectPlace.CreateInDirectory();
        await using var mount = await place.MountAsync();
        await mount.RunAsync("""
            mkdir -p "$D"; seq 100000 > "$W/in"
            mkdir "$D/whole.partial"; cp "$W/in" "$D/whole.partial/"; mv "$D/whole.partial" "$D/whole"
            mkdir "$D/open.partial"; cp "$W/in" "$D/open.partial/"
            """);
        var root = place.Url["directory://".Length..];
        await mount.RunAsync($"""
            is "$(backupfs list --storage '{root}' | cut -f 1,2)" "$(printf 'db/open\tincomplete\ndb/whole\tcomplete')"
            cmp "$W/in" '{root}/db/whole/in'
            backupfs checksums --storage '{root}' db/whole > "$W/sums"; cd '{root}/db/whole'; sha256sum --quiet -c "$W/sums"
            cd /; mv "$D/open.partial" "$D/open"
            is "$(backupfs list --storage '{root}' | cut -f 2 | uniq)" complete
            """);
    }
}
