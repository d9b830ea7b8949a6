using BackupFs.Fuse.Tests.Memory;

namespace BackupFs.Fuse.Tests;

/// <summary>
/// Mounts the test file system from a process of its own, for tests that need another user or a process to kill:
/// DIRECTORY NAME [allow_other]. Says "ready" or the failure; unmounts when its standard input ends.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        var options = new FuseMountOptions { Name = arguments[1], AllowOther = arguments.Contains("allow_other") };
        try
        {
            await using FuseSession session = await FuseSession.MountAsync(arguments[0], new MemoryFileSystem(), options);
            Console.WriteLine("ready");
            Console.In.ReadToEnd();
            await session.UnmountAsync();
            Console.WriteLine(await session.Ended);
            return 0;
        }
        catch (FuseMountException exception)
        {
            Console.WriteLine($"{exception.Failure}: {exception.Message}");
            return 1;
        }
    }
}
