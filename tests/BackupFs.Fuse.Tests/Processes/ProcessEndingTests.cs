using BackupFs.Fuse.Processes;
using Xunit;

namespace BackupFs.Fuse.Tests.Processes;

public sealed class ProcessEndingTests
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0x300, 0, 3)]
    [InlineData(0xff00, 0, 255)]
    [InlineData(9, 9, 0)]
    [InlineData(0x8b, 11, 0)] // SIGSEGV with a core dump
    public void A_wait_status_is_a_signal_or_an_exit_status(int status, int signal, int exitStatus) =>
        Assert.Equal(new ProcessEnding(signal, exitStatus), ProcessEnding.FromWaitStatus(status));

    [Fact]
    public void Unknown_is_not_success()
    {
        Assert.False(ProcessEnding.Unknown.IsKnown);
        Assert.NotEqual(new ProcessEnding(0, 0), ProcessEnding.Unknown);
    }
}
