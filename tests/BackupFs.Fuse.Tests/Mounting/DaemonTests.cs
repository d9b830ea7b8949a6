using System.Globalization;

namespace BackupFs.Fuse.Tests.Mounting;

public sealed class DaemonTests
{
    [Fact]
    public void The_limit_of_open_files_is_raised_to_what_is_allowed()
    {
        Assert.Equal(Errno.None, Daemon.RaiseOpenFilesLimit(out ulong limit));
        string[] fields = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(fields[4], fields[3]);
        Assert.Equal(limit.ToString(CultureInfo.InvariantCulture), fields[3]);
    }

    [Fact]
    public void The_mask_of_modes_is_set_and_the_old_one_returned()
    {
        uint before = Daemon.SetFileModeMask(0x1f);
        Assert.Equal(0x1fu, Daemon.SetFileModeMask(before));
    }

    [Fact]
    public void The_account_is_that_of_the_process()
    {
        string[] ids = File.ReadLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t');
        Assert.Equal(ids[2], Account.UserId.ToString(CultureInfo.InvariantCulture));
    }
}
