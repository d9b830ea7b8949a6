using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>Ends that come by themselves.</summary>
public sealed class IdleEndTests(QuickMount fixture) : IClassFixture<QuickMount>
{
    private readonly BackupMount _mount = fixture.Mount;

    [Fact]
    [Promise("idle-ends")]
    public async Task A_backup_ends_when_all_is_quiet()
    {
        await _mount.RunAsync("""
            mkdir "$D/$N"; cp -a /usr/share/doc/bash "$D/$N/"; cp /etc/passwd "$D/$N/"
            is "$(state "$D/$N")" open
            eventually eval '[ "$(state "$D/$N")" = complete ]'; [ -f "$S/db/$N/.backupfs.json" ]
            cmp /etc/passwd "$D/$N/passwd"; grep -q "db/$N: complete (idle)" "$L"
            """);
    }

    [Fact]
    [Promise("idle-not-empty")]
    [Promise("idle-not-partial")]
    [Promise("idle-waits-for-open")]
    public async Task Empty_partial_and_busy_backups_wait()
    {
        await _mount.RunAsync("""
            mkdir "$D/$N" "$D/$N-dirs" "$D/$N-open" "$D/$N-part.partial"
            mkdir "$D/$N-dirs/sub"
            cp /etc/passwd "$D/$N-part.partial/"
            sleep 300 > "$D/$N-open/f" & sleeper=$!
            sleep 2.5
            for b in "$N" "$N-dirs" "$N-open" "$N-part.partial"; do is "$(state "$D/$b")" open; done
            mv "$D/$N-part.partial" "$D/$N-part"; rmdir "$D/$N" "$D/$N-dirs/sub" "$D/$N-dirs"
            kill -9 $sleeper; wait $sleeper || true
            rm -r "$D/$N-open"
            """);
    }

    [Fact]
    [Promise("idle-waits-for-writers")]
    public async Task A_shell_that_wrote_and_lives_on_is_waited_for_ten_settle_times_at_most()
    {
        await _mount.RunAsync("""
            mkdir "$D/$N"; echo x > "$D/$N/f"
            start=$(date +%s%N)
            sleep 2; is "$(state "$D/$N")" open
            eventually test -f "$S/db/$N/.backupfs.json"
            took=$(( ($(date +%s%N) - start) / 1000000 ))
            [ "$took" -ge 4500 ]; [ "$took" -lt 15000 ]
            """);
    }

    [Fact]
    [Promise("torn-refuses")]
    [Promise("failed-after-close")]
    public async Task What_is_torn_or_noted_never_ends_by_itself()
    {
        await _mount.RunAsync("""
            mkdir "$D/$N" "$D/$N-2"
            sh -c 'echo half; exit 3' > "$D/$N/f" || true
            sh -c 'echo whole > "$1"; exit 3' - "$D/$N-2/f" || true
            sleep 6.5
            is "$(state "$D/$N")" failed; is "$(state "$D/$N-2")" open
            backupfs status "$D/$N-2" | grep -q 'exit status 3'
            backupfs end "$D/$N-2"; is "$(state "$D/$N-2")" complete
            grep -q '"writers":\[.*exit status 3' "$S/db/$N-2/.backupfs.json"
            rm -r "$D/$N"
            """);
    }
}
