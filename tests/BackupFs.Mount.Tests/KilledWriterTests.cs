using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>Killed and failed writers leave a backup that refuses to end and says why.</summary>
public abstract class KilledWriterTests(BackupMount mount)
{
    /// <summary>
    /// <c>torn FILE REASON</c>: the backup <c>$D/$N.partial</c> refuses every end because of FILE, says so everywhere, and
    /// a whole FILE makes it good.
    /// </summary>
    private const string Checks = """
        mkdir "$D/$N.partial"; cd "$D/$N.partial"; echo good > good
        torn() {
            cd "$D"
            refused 'Input/output error' mv "$N.partial" "$N"
            refused "$1 is torn" backupfs end "$N.partial"
            refused 'Input/output error' setfattr -n user.backupfs.state -v complete "$N.partial"
            is "$(state "$N.partial")" failed
            getfattr -n user.backupfs.error --only-values "$N.partial" > "$W/error-$N"
            grep -qE "$1 is torn: .*$2" "$W/error-$N" || { cat "$W/error-$N" >&2; exit 94; }
            getfattr -n user.backupfs.error --only-values "$N.partial/$1" | grep -q "$1 is torn"
            grep -E "db/$N.*$1 is torn" "$L" | grep -qE "$2"
            [ ! -e "$S/db/$N" ]
            echo again > "$N.partial/$1"
            mv "$N.partial" "$N"
            is "$(state "$N")" complete; is "$(cat "$N/$1" "$N/good")" "$(printf 'again\ngood')"
        }
        doubtful() {
            cd "$D"
            refused 'Input/output error' mv "$N.partial" "$N"
            refused 'writer killed' backupfs end "$N.partial"
            is "$(state "$N.partial")" failed
            getfattr -n user.backupfs.error --only-values "$N.partial" | grep -qE "writer killed: .*$1"
            grep -E "db/$N: writer killed" "$L" | grep -qE "$1"
            [ ! -e "$S/db/$N" ]
        }

        """;

    [Fact]
    [Promise("failed-tears")]
    [Promise("torn-rewritten")]
    [Promise("refusal-says-why")]
    public async Task A_shell_that_fails_after_half_of_its_output() => await mount.RunAsync(Checks + """
        sh -c 'echo half; exit 3' > F || true
        torn F 'exit status 3'
        """);

    [Fact]
    [Promise("killed-tears")]
    [Promise("torn-refuses")]
    public async Task A_Python_program_killed_in_the_middle_of_its_writes() => await mount.RunAsync(Checks + """
        python3 -c '
        import time
        with open("F", "wb") as file:
            while True:
                file.write(b"x" * 100000); time.sleep(0.001)' & python=$!
        eventually at_least F 1000000
        kill -9 $python; wait $python || true
        torn F 'killed by signal 9'
        """);

    [Theory]
    [InlineData("TERM", 15)]
    [InlineData("INT", 2)]
    [InlineData("HUP", 1)]
    [InlineData("SEGV", 11)]
    [InlineData("PIPE", 13)]
    [Promise("killed-tears")]
    public async Task Any_signal_that_kills_a_writer_counts(string signal, int number) => await mount.RunAsync(Checks + $$"""
        python3 -c 'import signal, sys, time
        signal.signal(signal.SIG{{signal}}, signal.SIG_DFL)
        file = open("F", "wb", 0); file.write(b"half"); print("ready", flush=True); time.sleep(100)' > "$W/ready-$N" 2>&1 & python=$!
        eventually test -s "$W/ready-$N"
        kill -{{signal}} $python; wait $python || true
        torn F 'killed by signal {{number}}'
        """);

    [Fact]
    [Promise("killed-tears")]
    public async Task A_thread_opens_the_file_and_its_process_is_killed() => await mount.RunAsync(Checks + """
        python3 -c '
        import threading, time
        def work():
            global file
            file = open("F", "wb", 0); file.write(b"half")
        thread = threading.Thread(target=work); thread.start(); thread.join()
        print("ready", flush=True); time.sleep(100)' > "$W/ready-$N" & python=$!
        eventually test -s "$W/ready-$N"
        kill -9 $python; wait $python || true
        torn F 'killed by signal 9'
        """);

    [Fact]
    [Promise("killed-tears")]
    public async Task A_writer_through_a_shared_mapping_is_killed() => await mount.RunAsync(Checks + """
        python3 -c '
        import mmap, time
        file = open("F", "w+b"); file.truncate(1 << 20)
        memory = mmap.mmap(file.fileno(), 1 << 20); memory[:4] = b"half"
        print("ready", flush=True); time.sleep(100)' > "$W/ready-$N" & python=$!
        eventually test -s "$W/ready-$N"
        kill -9 $python; wait $python || true
        torn F 'killed by signal 9'
        """);

    [Fact]
    [Promise("feeder-tears")]
    public async Task The_first_program_of_a_pipeline_fails() => await mount.RunAsync(Checks + """
        set +o pipefail
        { head -c 200000 /dev/urandom; sleep 0.5; sh -c 'exit 4'; } | gzip > F
        torn F 'fed .*exit status 4'
        """);

    [Fact]
    [Promise("feeder-tears")]
    public async Task The_first_program_of_a_longer_pipeline_is_killed() => await mount.RunAsync(Checks + """
        set +o pipefail
        sh -c 'head -c 200000 /dev/urandom; sleep 0.5; kill -9 $$' | cat | tr a b | gzip > F
        torn F 'fed .*killed by signal 9'
        """);

    [Fact]
    [Promise("feeder-tears")]
    public async Task A_program_in_the_middle_of_a_pipeline_fails() => await mount.RunAsync(Checks + """
        set +o pipefail
        seq 100000 | sh -c 'head -n 10; sleep 0.5; exit 5' | gzip > F
        torn F 'fed .*exit status 5'
        """);

    [Fact]
    [Promise("feeder-tears")]
    public async Task What_tee_was_fed_is_torn_in_all_its_files() => await mount.RunAsync(Checks + """
        set +o pipefail
        sh -c 'echo half; sleep 0.5; exit 6' | tee F G > /dev/null
        cd "$D"; refused 'G is torn' backupfs end "$N.partial"; echo again > "$N.partial/G"
        torn F 'fed .*exit status 6'
        """);

    [Fact]
    [Promise("killed-between")]
    [Promise("torn-accepted")]
    public async Task A_cp_killed_between_two_files() => await mount.RunAsync(Checks + """
        # cp -a has copied one file and waits for the next one to be opened: a named pipe without a writer.
        mkdir "$W/src-$N"; echo 1 > "$W/src-$N/1"; mkfifo "$W/src-$N/2"; echo 3 > "$W/src-$N/3"
        cp -a --copy-contents "$W/src-$N/1" "$W/src-$N/2" "$W/src-$N/3" . & copy=$!
        eventually test -s 1; sleep 0.3
        is "$(readlink /proc/$copy/fd/* | grep -c "$D" || true)" 0
        kill -9 $copy; wait $copy || true
        doubtful 'cp.*signal 9'
        backupfs accept "$N.partial"
        mv "$N.partial" "$N"; is "$(state "$N")" complete; is "$(ls "$N")" "$(printf '1\ngood')"
        grep -q '"accepted":\[.*signal 9' "$S/db/$N/.backupfs.json"
        """);

    [Fact]
    [Promise("killed-between")]
    [Promise("killed-repeated")]
    public async Task The_same_command_again_makes_up_for_the_killed_one() => await mount.RunAsync(Checks + """
        mkdir "$W/src-$N"; echo 1 > "$W/src-$N/1"; mkfifo "$W/src-$N/2"; echo 3 > "$W/src-$N/3"
        cp -a --copy-contents "$W/src-$N/1" "$W/src-$N/2" "$W/src-$N/3" . & copy=$!
        eventually test -s 1; sleep 0.3
        kill -9 $copy; wait $copy || true
        doubtful 'cp.*signal 9'
        cp "$W/src-$N/1" "$N.partial/other"
        refused 'Input/output error' mv "$N.partial" "$N"
        cd "$N.partial"; rm "$W/src-$N/2"; echo 2 > "$W/src-$N/2"
        cp -a --copy-contents "$W/src-$N/1" "$W/src-$N/2" "$W/src-$N/3" .
        cd ..; mv "$N.partial" "$N"; is "$(cat "$N/1" "$N/2" "$N/3")" "$(printf '1\n2\n3')"
        """);

    [Fact]
    [Promise("failed-after-close")]
    public async Task A_program_that_fails_after_it_closed_everything_is_noted() => await mount.RunAsync(Checks + """
        python3 -c '
        with open("F", "w") as file: file.write("whole")
        raise SystemExit(7)' || true
        cd "$D"; is "$(state "$N.partial")" open
        mv "$N.partial" "$N"; is "$(state "$N")" complete
        grep -E "db/$N: complete, although python.*exit status 7" "$L"
        grep -q '"writers":\[.*"python[^"]*".*exit status 7' "$S/db/$N/.backupfs.json"
        """);

    [Fact]
    [Promise("torn-removed")]
    public async Task A_torn_file_can_be_removed_or_replaced_by_a_rename() => await mount.RunAsync(Checks + """
        sh -c 'echo half; exit 3' > F || true; sh -c 'echo half; exit 3' > G || true
        cd "$D"; refused 'F is torn' backupfs end "$N.partial"
        rm "$N.partial/F"; refused 'G is torn' backupfs end "$N.partial"
        echo whole > "$N.partial/H"; mv "$N.partial/H" "$N.partial/G"
        mv "$N.partial" "$N"; is "$(ls "$N")" "$(printf 'G\ngood')"; is "$(cat "$N/G")" whole
        """);

    [Fact]
    [Promise("torn-accepted")]
    public async Task A_torn_file_can_be_accepted() => await mount.RunAsync(Checks + """
        sh -c 'echo half; exit 3' > F || true; sh -c 'echo half; exit 3' > G || true
        cd "$D"; backupfs accept "$N.partial/F"; refused 'G is torn' backupfs end "$N.partial"
        setfattr -n user.backupfs.accept -v 1 "$N.partial/G"
        mv "$N.partial" "$N"; is "$(cat "$N/F")" half; grep -q '"accepted":\[.*F.*exit status 3' "$S/db/$N/.backupfs.json"
        """);

    [Fact]
    [Promise("killed-tears")]
    public async Task A_torn_file_that_is_renamed_stays_torn() => await mount.RunAsync(Checks + """
        sh -c 'echo half; exit 3' > sub || true; mkdir dir; mv sub dir/F
        torn dir/F 'exit status 3'
        """);

    [Fact]
    [Promise("killed-tears")]
    public async Task A_file_appended_to_by_a_killed_program_is_torn() => await mount.RunAsync(Checks + """
        echo first > F
        sh -c 'echo half; kill -9 $$' >> F || true
        torn F 'signal 9'
        """);

    [Fact]
    [Promise("torn-refuses")]
    [Promise("killed-tears")]
    public async Task An_rsync_and_a_tar_killed_in_the_middle() => await mount.RunAsync(Checks + """
        mkdir "$W/src-$N"; for i in $(seq 40); do head -c 5000000 /dev/zero > "$W/src-$N/f$i"; done
        setsid rsync -a --bwlimit=20000 "$W/src-$N/" . & copy=$!
        eventually test -e f1; kill -9 -- -$copy; wait $copy || true; sleep 0.3
        cd "$D"; refused 'Input/output error' mv "$N.partial" "$N"; is "$(state "$N.partial")" failed
        rm -r "$N.partial"; mkdir "$N.partial"; cd "$N.partial"
        mkfifo "$W/pipe-$N"; { tar -C "$W/src-$N" -cf - . | head -c 90000000; exec sleep 100; } > "$W/pipe-$N" & feeder=$!
        tar xf - < "$W/pipe-$N" & copy=$!
        some() { [ "$(ls | wc -l)" -gt 3 ]; }; eventually some
        sleep 1; kill -9 $copy; wait $copy || true; kill $feeder || true
        cd "$D"; refused 'Input/output error' mv "$N.partial" "$N"; is "$(state "$N.partial")" failed
        rm -r "$N.partial"
        """);
}

/// <summary>As whoever runs the tests.</summary>
public sealed class KilledWriterTestsAsCurrentUser(ManualMount fixture) : KilledWriterTests(fixture.Mount), IClassFixture<ManualMount>;

/// <summary>As a user without privilege.</summary>
public sealed class KilledWriterTestsAsOrdinaryUser(ManualMountOfUser fixture) : KilledWriterTests(fixture.Mount), IClassFixture<ManualMountOfUser>;
