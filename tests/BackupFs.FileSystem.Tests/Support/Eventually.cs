namespace BackupFs.FileSystem.Tests.Support;

/// <summary>Waits for what other threads do; the limit only guards against hangs.</summary>
internal static class Eventually
{
    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(30);

    public static async Task TrueAsync(Func<bool> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < HangLimit, "what the test waits for did not come");
            await Task.Delay(1);
        }
    }

    public static Task<T> InTimeAsync<T>(Task<T> task) => task.WaitAsync(HangLimit);

    public static Task InTimeAsync(Task task) => task.WaitAsync(HangLimit);
}
