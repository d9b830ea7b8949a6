using System.Diagnostics;
using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests.Objects;

/// <summary>Restores of many small files.</summary>
public sealed class ObjectReadAheadTests
{
    private const int Files = 300;

    [Theory]
    [InlineData("cp -r \"$D/b\" \"$W/restored\"")]
    [InlineData("mkdir \"$W/restored\"; tar -C \"$D/b\" -c . | tar -C \"$W/restored\" -x")]
    [InlineData("rsync -a \"$D/b/\" \"$W/restored/\"")]
    [Promise("object-small-files")]
    public async Task A_restore_gets_each_file_with_one_request(string restore)
    {
        await using var place = await ObjectPlace.CreateAsync("s3", hasProxy: true);
        var requests = place.Proxy!.Http.Requests;
        await using (var writer = await place.MountAsync())
        {
            await writer.RunAsync($$"""
                mkdir -p "$W/source/d/e"; cd "$W/source"
                for i in $(seq {{Files}}); do case $((i % 3)) in 0) at=.;; 1) at=d;; 2) at=d/e;; esac; seq "$i" $((i + 900)) > "$at/file-$i"; done
                mkdir -p "$D/b.partial/d/e"
                for at in . d d/e; do find "$at" -maxdepth 1 -type f | xargs -P 8 -n 20 cp -t "$D/b.partial/$at"; done
                mv "$D/b.partial" "$D/b"
                """);
            await using var mount = await place.MountAsync();
            await mount.RunAsync("ls \"$D/b\"");
            requests.Clear();
            await mount.RunAsync(restore);
            var gets = requests.Where(request => request.StartsWith("GET ", StringComparison.Ordinal) && request.Contains("/file-", StringComparison.Ordinal)).ToList();
            Assert.Equal(Files, gets.Count);
            Assert.Equal(Files, gets.Distinct(StringComparer.Ordinal).Count());
            await mount.RunAsync($"diff -r \"{writer.Work}/source\" \"$W/restored\"");
        }
    }

    [Fact]
    [Promise("object-small-files")]
    public async Task The_next_files_are_on_their_way_before_they_are_opened_and_others_are_not()
    {
        await using var place = await ObjectPlace.CreateAsync("s3", hasProxy: true);
        await using var mount = await place.MountAsync();
        await mount.RunAsync("""
            mkdir -p "$W/source" "$D/b.partial"; cd "$W/source"; for i in $(seq 100 199); do seq "$i" > "file-$i"; done
            ls | xargs -P 8 -n 20 cp -t "$D/b.partial"; mv "$D/b.partial" "$D/b"
            """);
        await using var reader = await place.MountAsync();
        await reader.RunAsync("ls \"$D/b\"");
        var requests = place.Proxy!.Http.Requests;
        requests.Clear();
        await reader.RunAsync("cd \"$D/b\"; cat file-150 file-120 file-180 file-110 file-140 file-130 > /dev/null");
        Assert.Equal(6, Gets().Count);
        await reader.RunAsync("cd \"$D/b\"; cat file-15[1-9] > /dev/null");
        var waited = Stopwatch.StartNew();
        while (!Gets().Any(request => request.Contains("/file-160", StringComparison.Ordinal)))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(60), string.Join('\n', Gets()));
            await Task.Delay(20);
        }

        List<string> Gets() => [.. requests.Where(request => request.StartsWith("GET ", StringComparison.Ordinal) && request.Contains("/b/file-", StringComparison.Ordinal))];
    }
}
