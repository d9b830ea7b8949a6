using BackupFs.FaultProxy;
using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests.Objects;

/// <summary>Stores that refuse, break, stall and lie.</summary>
public sealed class ObjectFaultTests
{
    /// <summary>So that what is given up is given up within seconds.</summary>
    private const string Impatient = "&timeout=2s&connect-timeout=2s&retries=1";

    [Theory]
    [InlineData("s3", "denied")]
    [InlineData("s3", "busy")]
    [InlineData("s3", "broken")]
    [InlineData("azblob", "denied")]
    [InlineData("azblob", "busy")]
    [Promise("object-close")]
    [Promise("torn-rewritten")]
    [Promise("io-error-refuses")]
    public async Task A_file_that_the_store_does_not_take_fails_its_close_and_the_end_until_it_is_written_again(string scheme, string fault)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme, hasProxy: true, Impatient);
        await using var mount = await place.MountAsync();
        await mount.RunAsync("mkdir -p \"$D/b.partial\"; echo good > \"$D/b.partial/good\"; head -c 3000000 /dev/urandom > \"$W/small\"; head -c 40000000 /dev/urandom > \"$W/big\"");
        var proxy = place.Proxy!;
        switch (fault)
        {
            case "denied" or "busy":
                // Also the requests of uploads in parts; the small objects that are needed besides are elsewhere.
                var answer = fault == "busy" ? HttpAnswer.SlowDown : HttpAnswer.S3Error(403, scheme == "s3" ? "AccessDenied" : "AuthorizationFailure", "no");
                proxy.Http.Add(new HttpFault { Method = "PUT", PathContains = "/b/", Times = int.MaxValue, Answer = answer });
                proxy.Http.Add(new HttpFault { Method = "POST", PathContains = "/b/", Times = int.MaxValue, Answer = answer });
                break;
            default:
                proxy.Faults.Add(new ByteFault(FlowDirection.ToServer, 100_000, ConnectionEnd.Reset));
                break;
        }

        var said = fault == "denied" ? "Permission denied" : "Input/output error";
        await mount.RunAsync($$"""
            cd "$D"
            refused '{{said}}' cp "$W/small" b.partial/small
            refused '{{said}}' cp "$W/big" b.partial/big
            is "$(state b.partial)" failed
            refused 'Input/output error' mv b.partial b
            refused 'small' backupfs end b.partial; refused 'big' backupfs end b.partial
            is "$(cat b.partial/good)" good
            """);
        Assert.DoesNotContain($"{place.Directory}/b/.backupfs.json", await place.KeysAsync());
        proxy.Faults.Clear();
        proxy.Http.Clear();
        await mount.RunAsync("""
            cd "$D"
            refused 'Input/output error' mv b.partial b
            cp "$W/small" b.partial/small
            refused 'big' backupfs end b.partial
            cp "$W/big" b.partial/big
            mv b.partial b; is "$(state b)" complete; cmp "$W/small" b/small; cmp "$W/big" b/big; backupfs verify "$D/b"
            """);
        Assert.Equal(
            new[] { ".backupfs.json", "big", "good", "small" }.Select(file => $"{place.Directory}/b/{file}"), await place.KeysAsync());
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("azblob")]
    [InlineData("gcs")]
    [Promise("object-unavailable")]
    public async Task A_store_that_does_not_answer_fails_close_and_read_in_time_and_is_used_again_when_it_does(string scheme)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme, hasProxy: true, Impatient);
        await using var mount = await place.MountAsync();
        await mount.RunAsync("""
            mkdir -p "$D/b.partial" "$D/c.partial"; head -c 20000000 /dev/urandom > "$W/f"; cp "$W/f" "$D/b.partial/f"; mv "$D/b.partial" "$D/b"
            echo good > "$D/c.partial/good"
            """);
        await using var reader = await place.MountAsync();
        await reader.RunAsync("ls -l \"$D/b\"");
        place.Proxy!.Faults.IsBlackHole = true;
        await mount.RunAsync($$"""
            start=$SECONDS
            refused 'Input/output error' cp "$W/f" "$D/c.partial/f"
            refused 'Input/output error' cat "{{reader.MountPoint}}/{{place.Directory}}/b/f"
            refused 'Input/output error' mv "$D/c.partial" "$D/c"
            # Two tries of two seconds each, with what is around them, and a machine that is busy.
            [ $((SECONDS - start)) -lt 60 ] || { echo "took $((SECONDS - start)) s" >&2; exit 95; }
            """);
        Assert.DoesNotContain($"{place.Directory}/c/f", await place.KeysAsync());
        place.Proxy.Faults.Clear();
        await mount.RunAsync($$"""
            readable() { cmp "$W/f" "{{reader.MountPoint}}/{{place.Directory}}/b/f"; }; eventually readable
            refused 'f' backupfs end "$D/c.partial"
            cp "$W/f" "$D/c.partial/f"; mv "$D/c.partial" "$D/c"; cmp "$W/f" "$D/c/f"; is "$(cat "$D/c/good")" good
            """);
    }

    [Fact]
    [Promise("object-unavailable")]
    public async Task An_interrupt_ends_the_wait_for_a_read()
    {
        await using var place = await ObjectPlace.CreateAsync("s3", hasProxy: true);
        await using var mount = await place.MountAsync();
        await mount.RunAsync("mkdir -p \"$D/b\"; head -c 20000000 /dev/urandom > \"$W/f\"; cp \"$W/f\" \"$D/b/f\"; backupfs end \"$D/b\"");
        await using var reader = await place.MountAsync();
        await reader.RunAsync("ls -l \"$D/b\"");
        place.Proxy!.Faults.IsBlackHole = true;
        await reader.RunAsync("""
            start=$SECONDS
            timeout -s INT 1 cat "$D/b/f" > /dev/null && exit 90 || is $? 124
            # The store would be waited for for minutes.
            [ $((SECONDS - start)) -lt 20 ] || { echo "took $((SECONDS - start)) s" >&2; exit 95; }
            """);
        place.Proxy.Faults.Clear();
        await reader.RunAsync($"cmp {mount.Work}/f \"$D/b/f\"");
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("ceph")]
    [InlineData("azblob")]
    [InlineData("gcs")]
    [Promise("object-verified")]
    [Promise("verify")]
    public async Task A_byte_that_changed_in_the_store_fails_the_read_and_the_verification(string scheme)
    {
        await using var place = await ObjectPlace.CreateAsync(scheme);
        await using var mount = await place.MountAsync();
        await mount.RunAsync("""
            mkdir -p "$D/b/sub"; head -c 9000000 /dev/urandom > "$W/f"; cp "$W/f" "$D/b/sub/flipped"; echo good > "$D/b/good"; backupfs end "$D/b"
            backupfs verify "$D/b"
            """);
        await place.FlipAsync($"{place.Directory}/b/sub/flipped", 5_000_000);
        await using var reader = await place.MountAsync();
        await reader.RunAsync("""
            refused 'Input/output error' cat "$D/b/sub/flipped"
            is "$(cat "$D/b/good")" good
            if backupfs verify "$D/b" > "$W/out"; then exit 90; else is $? 1; fi
            grep -q 'sub/flipped' "$W/out"; lacks good "$W/out"
            """);
        await place.FlipAsync($"{place.Directory}/b/sub/flipped", 5_000_000);
        await reader.RunAsync($"cmp {mount.Work}/f \"$D/b/sub/flipped\"; backupfs verify \"$D/b\"");
    }

    [Fact]
    [Promise("object-verified")]
    public async Task A_byte_that_changed_on_the_way_is_read_once_more()
    {
        await using var place = await ObjectPlace.CreateAsync("s3", hasProxy: true);
        await using var mount = await place.MountAsync();
        await mount.RunAsync("mkdir -p \"$D/b\"; head -c 3000000 /dev/urandom > \"$W/f\"; cp \"$W/f\" \"$D/b/f\"; backupfs end \"$D/b\"");
        await using var reader = await place.MountAsync();
        await reader.RunAsync("ls \"$D/b\"");
        var fault = place.Proxy!.Http.Add(new HttpFault { Method = "GET", PathContains = "/b/f", CorruptBodyAt = 4711 });
        await reader.RunAsync($"cmp {mount.Work}/f \"$D/b/f\"");
        Assert.Equal(1, fault.Hits);
    }
}
