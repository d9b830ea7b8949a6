using System.Diagnostics;

namespace BackupFs.Fuse.Tests.Mounting;

public sealed class StressTests
{
    private const int Processes = 32;
    private const int Rounds = 320; // of 10 operations or more

    private const string Worker = """
        import os, sys
        me = sys.argv[1]; rounds = int(sys.argv[2])
        os.makedirs(me, exist_ok=True)
        data = os.urandom(9000)
        for i in range(rounds):
            a = '%s/%d' % (me, i); b = a + '.b'
            with open(a, 'wb') as f: f.write(data)
            assert os.stat(a).st_size == 9000
            os.rename(a, b)
            with open(b, 'rb') as f: assert f.read() == data
            os.setxattr(b, 'user.n', me.encode())
            assert os.getxattr(b, 'user.n') == me.encode()
            os.truncate(b, 100)
            os.link(b, a)
            os.unlink(a)
            if i % 8 == 0: assert len(os.listdir(me)) >= 1
            if i % 2: os.unlink(b)
        for name in os.listdir(me): os.unlink(me + '/' + name)
        os.rmdir(me)
        """;

    [Fact]
    public async Task A_hundred_thousand_mixed_operations_leave_nothing_behind()
    {
        int threadsBefore = ThreadCount("fuse-");
        int descriptorsBefore = DeviceDescriptors();
        await using (TestMount mount = await TestMount.CreateAsync())
        {
            await File.WriteAllTextAsync(mount.At("worker.py"), Worker);
            await RunAll(mount, rounds: 20);
            await File.ReadAllTextAsync(mount.At("worker.py"));
            Settle(mount);
            int descriptors = DeviceDescriptors();
            long memory = ResidentMebibytes();

            await RunAll(mount, Rounds);
            Settle(mount);
            Assert.Equal(0, mount.Session.PendingRequests);
            Assert.InRange(DeviceDescriptors(), 1, descriptors + 1); // one more for spare readers
            Assert.InRange(mount.Session.Readers, 1, Environment.ProcessorCount);
            Assert.True(ResidentMebibytes() - memory < 150, $"{memory} MiB before, {ResidentMebibytes()} after");
            Assert.True(
                SpinWait.SpinUntil(() => mount.Files.NodeCount == 2, TimeSpan.FromSeconds(30)),
                $"{mount.Files.NodeCount} nodes, {mount.Files.LookupCount} lookups");
            Assert.Equal(0, mount.Files.OpenCount);
        }

        Assert.Equal(descriptorsBefore, DeviceDescriptors());
        Assert.True(SpinWait.SpinUntil(() => ThreadCount("fuse-") <= threadsBefore, TimeSpan.FromMinutes(1)));
    }

    private static async Task RunAll(TestMount mount, int rounds)
    {
        string start = $"for i in $(seq {Processes}); do python3 worker.py w$i {rounds} & pids=\"$pids $!\"; done";
        await mount.ShellAsync($"{start}; for p in $pids; do wait $p || exit 1; done");
    }

    private static void Settle(TestMount mount) => SpinWait.SpinUntil(
        () => mount.Session.PendingRequests == 0 && mount.Session.Readers <= Environment.ProcessorCount, TimeSpan.FromSeconds(30));

    private static long ResidentMebibytes()
    {
        using Process self = Process.GetCurrentProcess();
        return self.WorkingSet64 >> 20;
    }

    private static int DeviceDescriptors() =>
        Directory.GetFiles("/proc/self/fd").Count(path => new FileInfo(path).LinkTarget == "/dev/fuse");

    private static int ThreadCount(string prefix) => Directory.GetDirectories("/proc/self/task").Count(task =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).StartsWith(prefix, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // it ended in between
        }
    });
}
