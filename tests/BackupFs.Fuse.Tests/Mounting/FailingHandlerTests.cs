using BackupFs.Fuse.Tests.Memory;
using Microsoft.Extensions.Logging;

namespace BackupFs.Fuse.Tests.Mounting;

public sealed class FailingHandlerTests
{
    [Fact]
    public async Task A_handler_that_throws_answers_EIO_and_is_logged_once()
    {
        var log = new RecordingLog();
        await using TestMount mount = await TestMount.CreateAsync(new ThrowingFileSystem(), log: log);
        ShellResult result = await Shell.RunAsync("ls absent", mount.Path);
        Assert.Contains("Input/output error", result.Output, StringComparison.Ordinal);
        (LogLevel Level, string Text) logged = Assert.Single(log.Entries, entry => entry.Level == LogLevel.Error);
        Assert.Contains("on purpose", logged.Text, StringComparison.Ordinal);
        Assert.Equal(string.Empty, await mount.ShellAsync("ls"));
    }

    [Fact]
    public async Task A_second_answer_throws_and_does_not_reach_the_kernel()
    {
        var log = new RecordingLog();
        var files = new AnsweringTwiceFileSystem();
        await using TestMount mount = await TestMount.CreateAsync(files, log: log);
        await mount.ShellAsync("df .");
        Assert.True(SpinWait.SpinUntil(() => files.Second is not null, TimeSpan.FromSeconds(30))); // df need not wait for it
        Assert.IsType<InvalidOperationException>(files.Second);
        Assert.DoesNotContain(log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    private sealed class ThrowingFileSystem : MemoryFileSystem
    {
        public override void Lookup(FuseRequest request, ulong parent, ReadOnlySpan<byte> name) =>
            throw new InvalidDataException("on purpose");
    }

    private sealed class AnsweringTwiceFileSystem : MemoryFileSystem
    {
        internal Exception? Second { get; private set; }

        public override void Statfs(FuseRequest request, ulong node)
        {
            base.Statfs(request, node);
            Second ??= Record.Exception(() => request.ReplyError(Errno.EIO));
        }
    }
}
