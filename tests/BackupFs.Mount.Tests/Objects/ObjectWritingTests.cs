using System.Globalization;
using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests.Objects;

/// <summary>What can be written where, in which memory, and by whom.</summary>
public sealed class ObjectWritingTests
{
    /// <summary><c>far FILE</c> writes 64 MiB and then something at the beginning, and says how that went.</summary>
    private const string Far = """
        far() {
            python3 - "$1" <<'P'
        import errno, os, sys
        file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
        for number in range(64): os.write(file, bytes([number]) * (1 << 20))
        os.pwrite(file, b'near', (64 << 20) - 1000000)
        try:
            os.pwrite(file, b'far', 1000)
            os.close(file)
            print('written')
        except OSError as error:
            print(os.strerror(error.errno))
        P
        }

        """;

    [Theory]
    [InlineData("s3")]
    [InlineData("azblob")]
    [Promise("object-window")]
    public async Task A_write_far_behind_in_a_large_file_is_refused_and_in_a_smaller_one_it_is_not(string scheme)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme);
        await using var mount = await place.MountAsync();
        await mount.RunAsync(Far + """
            mkdir -p "$D/b.partial"
            is "$(far "$D/b.partial/large")" 'Operation not supported'
            grep -e '--spool' "$L" | grep -q large
            rm "$D/b.partial/large"
            # Any order, in a file of 24 MiB.
            python3 - "$D/b.partial/small" "$W/small" <<'P'
            import os, random, sys
            order = list(range(24)); random.Random(7).shuffle(order)
            for path in sys.argv[1:]:
                with open(path, 'w+b', 0) as file:
                    for number in order + [0, 11]:
                        file.seek(number << 20); file.write(bytes([number + 1]) * (1 << 20))
                        file.seek(number << 20); assert file.read(3) == bytes([number + 1]) * 3
            P
            mv "$D/b.partial" "$D/b"; is "$(ls "$D/b")" small; cmp "$W/small" "$D/b/small"
            """);
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("azblob")]
    [Promise("object-spool")]
    public async Task With_a_spool_a_large_file_is_written_anywhere_and_read_back(string scheme)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme);
        var spool = Directory.CreateTempSubdirectory("backupfs-spool-");
        try
        {
            await using var mount = await place.MountAsync("--spool", spool.FullName);
            await mount.RunAsync(Far + """
                mkdir -p "$D/b.partial"
                is "$(far "$D/b.partial/large")" written; is "$(far "$W/large")" written; cmp "$W/large" "$D/b.partial/large"
                python3 - "$D/b.partial/any" "$W/any" <<'P'
                import os, random, sys
                order = list(range(60)); random.Random(7).shuffle(order)
                for path in sys.argv[1:]:
                    with open(path, 'w+b', 0) as file:
                        for number in order:
                            file.seek(number << 20); file.write(bytes([number + 1]) * (1 << 20))
                        for number in order:
                            file.seek(number << 20); assert file.read(3) == bytes([number + 1]) * 3
                P
                mv "$D/b.partial" "$D/b"; cmp "$W/large" "$D/b/large"; cmp "$W/any" "$D/b/any"; backupfs verify "$D/b"
                """);
        }
        finally
        {
            spool.Delete(recursive: true);
        }
    }

    [Fact]
    [Promise("object-upload-bounds")]
    public async Task What_a_mount_takes_instead_of_what_is_not_possible_is_said_where_it_was_asked_for()
    {
        await using var place = await ObjectPlace.CreateAsync("gcs", parameters: "&part-size=1GiB&clamp=true");
        await using var mount = await place.MountAsync();
        await mount.RunAsync($$"""
            mkdir "$W/m"
            trap 'backupfs unmount --lazy "$W/m" > /dev/null 2>&1 || true' EXIT
            backupfs mount --dir-levels 1 --storage '{{place.Url}}' --log-file "$W/background.log" "$W/m" > "$W/out" 2> "$W/err"
            cat "$W/err"; is "$(wc -l < "$W/err")" 1
            grep -q '^backupfs: warning: gcs://.*part-size=1GiB is too large.*32MiB is used instead' "$W/err"
            grep -q 'mounted on' "$W/out"
            grep -q 'warning .*32MiB is used instead' "$W/background.log"
            backupfs unmount "$W/m"
            """);
    }

    [Fact]
    [Promise("object-memory")]
    [Promise("end-waits-for-parallel")]
    public async Task Many_files_are_written_and_read_at_once_in_little_memory()
    {
        const int Files = 6;
        const int MostKilobytes = 400 * 1024;
        await using var place = await ObjectPlace.CreateAsync("s3");
        await using var mount = await place.MountAsync("--memory", "64MiB");
        await mount.RunAsync($$"""
            mkdir -p "$D/b.partial"; head -c 70000000 /dev/urandom > "$W/f"
            for i in $(seq {{Files}}); do cp "$W/f" "$D/b.partial/$i" & jobs+=($!); done
            for job in "${jobs[@]}"; do wait "$job"; done
            mv "$D/b.partial" "$D/b"
            jobs=(); for i in $(seq {{Files}}); do cmp "$W/f" "$D/b/$i" & jobs+=($!); done
            for job in "${jobs[@]}"; do wait "$job"; done
            """);
        var peak = File.ReadLines($"/proc/{mount.DaemonId}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        var kilobytes = long.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

        // The program itself takes some 150 MB; the files are 420 MB.
        Assert.True(kilobytes < MostKilobytes, $"{kilobytes} kB");
    }

    [Fact]
    [Promise("killed-tears")]
    [Promise("failed-tears")]
    [Promise("feeder-tears")]
    [Promise("torn-refuses")]
    public async Task Killed_writers_and_failed_pipelines_are_noticed_as_on_files()
    {
        await using var place = await ObjectPlace.CreateAsync("s3");
        await using var mount = await place.MountAsync();
        await mount.RunAsync("""
            set +o pipefail
            mkdir -p "$D/b.partial"; cd "$D/b.partial"; echo good > good
            python3 -c '
            import time
            with open("killed", "wb") as file:
                while True:
                    file.write(b"x" * 1000000); time.sleep(0.01)' & python=$!
            eventually at_least killed 30000000
            kill -9 $python; wait $python || true
            sh -c 'echo half; exit 3' > failed || true
            { seq 100000; exit 4; } | gzip > fed.gz || true
            cd ..; refused 'Input/output error' mv b.partial b; is "$(state b.partial)" failed
            getfattr -n user.backupfs.error --only-values b.partial > "$W/error"
            grep -q 'killed is torn.*signal 9' "$W/error"; grep -q 'failed is torn.*status 3' "$W/error"; grep -q 'fed.gz is torn.*status 4' "$W/error"
            for file in killed failed fed.gz; do echo again > b.partial/$file; done
            mv b.partial b; is "$(state b)" complete; is "$(cat b/killed b/failed)" "$(printf 'again\nagain')"
            """);
        Assert.Equal(
            new[] { ".backupfs.json", "failed", "fed.gz", "good", "killed" }.Select(file => $"db/b/{file}"), await place.KeysAsync());
    }
}
