using System.Globalization;
using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>A daemon that has served much is as small as one that has served little.</summary>
public abstract class LeakTests(TestUser user, params string[] options)
{
    /// <summary>32 processes, each with so many rounds of 25 operations; what they made is removed again.</summary>
    private const string Operations = """
        import os, random, sys
        directory, rounds, processes = sys.argv[1], int(sys.argv[2]), 32
        def work(seed):
            chosen = random.Random(seed)
            base = '%s/p%d' % (directory, seed); os.mkdir(base)
            for number in range(rounds):
                name = '%s/f%d' % (base, number % 40)
                data = bytes([number % 256]) * chosen.choice([0, 1, 5000, 70000])
                file = os.open(name, os.O_CREAT | os.O_RDWR | os.O_TRUNC)                       # 1
                os.write(file, data)                                                            # 2
                assert os.pread(file, 100000, 0) == data                                        # 3
                os.fstat(file); os.ftruncate(file, len(data) // 2); os.fsync(file) if number % 20 == 0 else os.fstat(file)   # 6
                os.close(file)                                                                  # 7
                os.setxattr(name, 'user.n', b'%d' % number); os.getxattr(name, 'user.n'); os.listxattr(name)                 # 10
                os.chmod(name, 0o600); os.utime(name, ns=(number, number)); os.stat(name)       # 13
                os.rename(name, name + '.new'); os.link(name + '.new', name)                    # 15
                os.mkdir(name + '.d'); os.symlink('x', name + '.d/l'); os.readlink(name + '.d/l')  # 18
                os.listdir(name + '.d'); os.unlink(name + '.d/l'); os.rmdir(name + '.d')        # 21
                os.unlink(name + '.new')                                                        # 22
                try: os.stat(name + '.none')                                                    # 23
                except FileNotFoundError: pass
                with open(name, 'rb') as again: assert again.read() == data[:len(data) // 2]    # 25
        children = []
        for seed in range(processes):
            child = os.fork()
            if child == 0:
                try: work(seed); os._exit(0)
                except BaseException as failure: print('process', seed, repr(failure), file=sys.stderr, flush=True); os._exit(1)
            children.append(child)
        failed = sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0 for child in children)
        assert failed == 0, failed
        """;

    [Fact]
    [Promise("many-operations")]
    public async Task A_hundred_thousand_operations_of_32_processes_leave_nothing_behind()
    {
        await using var mount = await BackupMount.StartAsync(new MountSettings { User = user, Options = ["--end", "manual", .. options] });
        await File.WriteAllTextAsync(Path.Combine(mount.Work, "operations.py"), Operations);
        var before = await MeasureAsync(mount, rounds: 30);
        var after = await MeasureAsync(mount, rounds: 130);
        Assert.True(after.Descriptors <= before.Descriptors + 3, $"descriptors: {before.Descriptors}, then {after.Descriptors}");
        Assert.True(after.Threads <= before.Threads + 10, $"threads: {before.Threads}, then {after.Threads}");
        Assert.True(after.KiB <= (before.KiB * 1.5) + 60_000, $"resident memory in KiB: {before.KiB}, then {after.KiB}");
        await mount.RunAsync("mkdir \"$D/last.partial\"; echo x > \"$D/last.partial/f\"; mv \"$D/last.partial\" \"$D/last\"");
    }

    private static async Task<(int Descriptors, int Threads, long KiB)> MeasureAsync(BackupMount mount, int rounds)
    {
        await mount.RunAsync($$"""
            mkdir -p "$D/$N"
            python3 "$W/operations.py" "$D/$N" {{rounds}}
            is "$(find "$D/$N" -type f | wc -l)" $((32 * {{Math.Min(rounds, 40)}}))
            rm -r "$D/$N"; [ ! -e "$D/$N" ]
            """, seconds: 300);

        // Releases and forgets are on their way for a moment, and the collector takes its time.
        (int, int, long) last = default;
        for (var tries = 0; tries < 12; tries++)
        {
            await Task.Delay(500);
            var status = await File.ReadAllLinesAsync($"/proc/{mount.DaemonId}/status");
            long Number(string key) => long.Parse(
                status.First(line => line.StartsWith(key, StringComparison.Ordinal)).Split('\t', ' ').Last(field => field.Length > 0 && char.IsAsciiDigit(field[0])),
                CultureInfo.InvariantCulture);
            var descriptors = int.Parse(await mount.RunAsync($"ls /proc/{mount.DaemonId}/fd | wc -l"), CultureInfo.InvariantCulture);
            var now = (descriptors, (int)Number("Threads:"), Number("VmRSS:"));
            if (now.descriptors == last.Item1 && now.Item2 == last.Item2 && tries > 5)
            {
                return now;
            }

            last = now;
        }

        return last;
    }
}

/// <summary>As whoever runs the tests, with what the kernel moves by itself.</summary>
public sealed class LeakTestsAsCurrentUser() : LeakTests(TestUser.Current);

/// <summary>Every byte through the daemon, as a user without privilege.</summary>
public sealed class LeakTestsAsOrdinaryUser() : LeakTests(TestUser.Ordinary, "--passthrough", "off");
