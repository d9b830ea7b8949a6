using System.Globalization;

namespace BackupFs.Storage.Gcs.Emulator;

/// <summary>Runs the emulator until it is told to stop (SIGTERM, SIGINT).</summary>
internal static class Program
{
    /// <summary><c>--port N</c> (default: a free one), <c>--bucket NAME</c> (any number of them). Prints its address when it is ready.</summary>
    private static async Task<int> Main(string[] arguments)
    {
        var (port, buckets) = (0, new List<string>());
        for (var i = 0; i < arguments.Length; i += 2)
        {
            switch (arguments[i])
            {
                case "--port" when i + 1 < arguments.Length
                    && int.TryParse(arguments[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= 65535:
                    break;
                case "--bucket" when i + 1 < arguments.Length:
                    buckets.Add(arguments[i + 1]);
                    break;
                default:
                    await Console.Error.WriteLineAsync("usage: BackupFs.Storage.Gcs.Emulator [--port N] [--bucket NAME]…");
                    return 2;
            }
        }

        await using var emulator = await GcsEmulator.StartAsync(port);
        buckets.ForEach(emulator.CreateBucket);
        await Console.Out.WriteLineAsync(emulator.Address);
        await Console.Out.FlushAsync();
        await emulator.WaitAsync();
        return 0;
    }
}
