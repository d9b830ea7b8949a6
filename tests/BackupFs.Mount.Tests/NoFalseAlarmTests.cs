using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>Whoever writes as programs should is never suspected: a false alarm is a bug of the first order.</summary>
public abstract class NoFalseAlarmTests(BackupMount mount)
{
    private const string Begin = "mkdir \"$D/$N.partial\"; cd \"$D/$N.partial\"\n";

    private const string End = """

        cd "$D"; mv "$N.partial" "$N" || { getfattr -n user.backupfs.error --only-values "$N.partial" >&2; exit 95; }
        is "$(state "$N")" complete
        lacks "db/$N: .*(torn|killed|although)" "$L"
        lacks '"writers":\[\{' "$S/db/$N/.backupfs.json"
        """;

    [Fact]
    [Promise("no-false-alarm")]
    public async Task Ten_thousand_writes_of_many_kinds() => await mount.RunAsync(Begin + """
        mkdir "$W/src-$N" "$W/src-$N/sub"; for i in $(seq 1000); do echo "content $i" > "$W/src-$N/f$i"; done; cp "$W/src-$N"/f?? "$W/src-$N/sub"
        cp -a "$W/src-$N" cp1; cp -r "$W/src-$N" cp2; cp "$W/src-$N"/f1* .
        tar -C "$W/src-$N" -cf - . | { mkdir tar1; tar -C tar1 -xf -; }
        mkdir tar2; tar -C "$W/src-$N" -czf tar2.tgz .; tar -C tar2 -xzf tar2.tgz
        rsync -a "$W/src-$N/" rsync1/; rsync -aHX --inplace "$W/src-$N/" rsync2/; rsync -a --delete --checksum "$W/src-$N/" rsync1/
        mkdir bash; for i in $(seq 1500); do echo "line $i" > "bash/f$i"; echo more >> "bash/f$i"; done
        mkdir printf; for i in $(seq 500); do printf '%s\n' "$i" | tee "printf/t$i" > "printf/f$i"; done
        mkdir forked; for i in $(seq 300); do /bin/echo "$i" > "forked/e$i"; (echo sub; echo shell) > "forked/s$i"; { echo group; } > "forked/g$i"; cat "forked/e$i" | sort > "forked/p$i"; done
        mkdir jobs; for i in $(seq 200); do (sleep 0.01; echo "$i") > "jobs/f$i" & done; wait
        mkdir dd; for i in $(seq 200); do dd if=/dev/zero of="dd/f$i" bs=4k count=3 status=none; dd if=/dev/zero of="dd/f$i" bs=1k seek=1 count=1 conv=notrunc status=none; done
        mkdir installed; install -m 600 "$W/src-$N"/f2* installed/
        find . -type f | wc -l > "$W/count-$N"; [ "$(cat "$W/count-$N")" -gt 10000 ]
        """ + End + """

        is "$(find "$D/$N" -type f | wc -l)" "$(cat "$W/count-$N")"
        for copy in cp1 cp2 tar1 tar2 rsync1 rsync2; do diff -r "$W/src-$N" "$D/$N/$copy"; done
        """, seconds: 300);

    [Fact]
    [Promise("no-false-alarm")]
    [Promise("feeder-tears")]
    public async Task Pipelines_that_end_early() => await mount.RunAsync(Begin + """
        set +o pipefail
        for i in $(seq 20); do
            yes | head -n 1000 > "f$i"
            yes "$i" | head -c 300000 | gzip > "g$i"
            cat /dev/zero | head -c 100000 | tee "t$i" | wc -c > "w$i"
            sh -c 'yes' | head -n 5 > "s$i"
            bash -c 'yes | cat' | head -n 5 > "b$i"
            seq 1000000 | grep -m 1 7 > "q$i"
            seq 100000 | sed 5q > "r$i"
            dd if=/dev/zero bs=1M count=100 2> /dev/null | head -c 10 > "d$i"
            tar cf - -C /usr/share/doc bash | (head -c 1000 > "h$i"; cat > /dev/null)
        done
        is "$(cat f1 | wc -l)" 1000
        """ + End);

    [Fact]
    [Promise("no-false-alarm")]
    public async Task Failing_commands_that_only_stand_beside_the_files() => await mount.RunAsync(Begin + """
        false || true
        { false; echo x; } > a || true
        { echo x; false; true; } > b || exit 1
        (grep nothing /etc/passwd || true) > c
        if grep -q nothing /etc/passwd; then exit 1; fi > d
        for i in 1 2 3; do echo $i; false || true; done > e
        { (exit 3) || true; echo y; } > f
        while read -r line; do test "$line" = no || echo "$line"; done < /etc/passwd > g
        exec 5> i; false || true; echo x >&5; exec 5>&-
        { sleep 100 & kill -9 $!; wait $! || true; echo z; } > j 2>/dev/null
        { timeout 0.1 sleep 100 || true; echo z; } > k
        bash -c 'false; true' > l
        { test -e /nothing && echo yes; echo no; } > m
        """ + End);

    [Fact]
    [Promise("no-false-alarm")]
    [Promise("child-that-failed")]
    public async Task Children_that_fail_beside_a_parent_with_open_files() => await mount.RunAsync(Begin + """
        python3 - <<'P'
        import os, signal, subprocess, sys
        for number in range(30):
            with open('a%d' % number, 'wb', 0) as file:
                file.write(b'begin')
                try:
                    subprocess.Popen(['/no/such/program'])
                except FileNotFoundError:
                    pass
                subprocess.run(['false'])
                subprocess.run(['false'], close_fds=False)
                subprocess.run(['sh', '-c', 'exit 9'], pass_fds=[file.fileno()])
                subprocess.run(['sh', '-c', 'kill -9 $$'], close_fds=False, pass_fds=[file.fileno()])
                os.set_inheritable(file.fileno(), True)
                subprocess.run(['true'], close_fds=False)
                child = os.fork()
                if child == 0:
                    os._exit(5)
                os.waitpid(child, 0)
                child = os.fork()
                if child == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                os.waitpid(child, 0)
                file.write(b'end')
        P
        for f in a*; do is "$(cat "$f")" beginend; done
        """ + End);

    [Fact]
    [Promise("no-false-alarm")]
    public async Task Background_jobs_and_daemons_that_live_on() => await mount.RunAsync(Begin + """
        # It opened a file and closed it, and lives on; another one has a descriptor of a closed shell's file only for reading.
        (echo pid > daemon1; exec setsid sleep 60) > /dev/null 2>&1 & one=$!
        python3 -c '
        import os, time
        if os.fork(): os._exit(0)
        os.setsid()
        if os.fork(): os._exit(0)
        with open("daemon2", "w") as file: file.write("x")
        os.closerange(0, 3); time.sleep(60)' > /dev/null 2>&1
        eventually test -s daemon2
        bash -c '(sleep 0.4; echo late > late) & echo early > early'
        nohup sh -c 'echo n > nohup1' > nohup2 2>&1
        eventually test -s late
        sleep 60 < daemon1 & three=$!
        """ + End + """

        kill $one $three || true
        is "$(ls "$D/$N" | wc -l)" 6
        """);

    [Fact]
    [Promise("no-false-alarm")]
    public async Task Programs_with_threads_and_programs_that_exit_with_files_open() => await mount.RunAsync(Begin + """
        python3 - <<'P'
        import threading
        def work(number):
            for index in range(50):
                with open('t%d-%d' % (number, index), 'wb') as file:
                    file.write(b'x' * 10000)
        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        P
        # Exit status 0 with files open, from several threads, and without a last flush by the program.
        python3 -c '
        import os, threading, time
        files = [os.open("o%d" % number, os.O_CREAT | os.O_WRONLY) for number in range(50)]
        def work():
            while True:
                for file in files: os.pwrite(file, b"y", 0)
        for _ in range(8): threading.Thread(target=work, daemon=True).start()
        time.sleep(0.3); os._exit(0)'
        # The thread that is the process ends first.
        python3 -c '
        import ctypes, os, threading, time
        def work():
            time.sleep(0.2)
            with open("late", "w") as file: file.write("x")
            os._exit(0)
        threading.Thread(target=work).start()
        file = open("early", "w"); file.write("x"); file.flush()
        ctypes.CDLL(None).syscall(60 if os.uname().machine == "x86_64" else 93, 0)'
        # exec: descriptors closed by it, and inherited by it.
        for i in $(seq 20); do
            python3 -c '
        import os, sys
        closed = open(sys.argv[1], "w"); closed.write("x"); closed.flush()
        kept = os.open(sys.argv[2], os.O_CREAT | os.O_WRONLY); os.set_inheritable(kept, True); os.write(kept, b"a")
        os.execlp("sh", "sh", "-c", "echo b >&%d" % kept)' "x$i" "k$i"
            is "$(cat "k$i")" ab
        done
        perl -e 'open my $f, ">", "perl"; print $f "x"; exec "true"'
        """ + End);

    [Fact]
    [Promise("no-false-alarm")]
    public async Task Files_read_by_programs_that_are_killed() => await mount.RunAsync(Begin + """
        head -c 1000000 /dev/zero > f
        sh -c 'cat f > /dev/null; kill -9 $$' || true
        tail -f f > /dev/null & reader=$!; sleep 0.3; kill -9 $reader; wait $reader || true
        python3 -c 'import mmap, os; f = open("f", "rb"); m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ); m[5]; os.kill(os.getpid(), 9)' || true
        """ + End);
}

/// <summary>As whoever runs the tests.</summary>
public sealed class NoFalseAlarmTestsAsCurrentUser(ManualMount fixture) : NoFalseAlarmTests(fixture.Mount), IClassFixture<ManualMount>;

/// <summary>As a user without privilege.</summary>
public sealed class NoFalseAlarmTestsAsOrdinaryUser(ManualMountOfUser fixture) : NoFalseAlarmTests(fixture.Mount), IClassFixture<ManualMountOfUser>;
