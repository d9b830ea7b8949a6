using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary><c>--writers</c>.</summary>
public sealed class WriterPolicyTests
{
    [Fact]
    [Promise("writers-signals")]
    public async Task With_signals_an_exit_status_does_not_count_but_a_signal_does()
    {
        await using var mount = await BackupMount.StartAsync(new MountSettings { Options = ["--end", "idle:500ms", "--writers", "signals"] });
        await mount.RunAsync("""
            mkdir -p "$D/a" "$D/b"
            sh -c 'echo half; exit 3' > "$D/a/f" || true
            sh -c 'echo half; kill -9 $$' > "$D/b/f" || true
            sh -c 'echo half; sleep 0.3; exit 3' | cat > "$D/a/g"
            eventually test -f "$S/db/a/.backupfs.json"
            refused 'f is torn' backupfs end "$D/b"; rm -r "$D/b"
            """);
    }

    [Fact]
    [Promise("writers-off")]
    public async Task With_off_nothing_counts()
    {
        await using var mount = await BackupMount.StartAsync(new MountSettings { Options = ["--end", "manual", "--writers", "off"] });
        await mount.RunAsync("""
            mkdir -p "$D/a"
            sh -c 'echo half; exit 3' > "$D/a/f" || true
            sh -c 'echo half; kill -9 $$' > "$D/a/g" || true
            sh -c 'echo half; sleep 0.3; exit 3' | cat > "$D/a/h"
            sh -c 'echo x > "$1"; kill -9 $$' - "$D/a/i" || true
            backupfs end "$D/a"; is "$(state "$D/a")" complete
            """);
    }
}
