using System.Diagnostics;

namespace BackupFs.Storage.File.Tests;

/// <summary>
/// The process that crash tests start: it works on a store and dies of SIGKILL at a checkpoint.
/// Arguments: root, scenario, checkpoint (empty: none).
/// </summary>
internal static class CrashHost
{
    public const string Directory = "ks/0";
    public const string Name = "b";

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [var root, var scenario, var checkpoint])
        {
            return 64;
        }

        var options = new FileStorageOptions(root)
        {
            Reached = reached =>
            {
                if (reached.ToString() == checkpoint)
                {
                    Die();
                }
            },
        };
        var storage = new FileStorage(options, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        switch (scenario)
        {
            case "end":
                await EndAsync(await FillAsync(storage));
                return 0;
            case "abort":
                await (await FillAsync(storage)).AbortBackupAsync(CancellationToken.None);
                return 0;
            case "remove":
                await EndAsync(await FillAsync(storage, checkpoint));
                await storage.RemoveBackupAsync(Directory, Name, CancellationToken.None);
                return 0;
            case "start":
                await storage.StartBackupAsync(Directory, Name, CancellationToken.None);
                return 0;
            case "torn":
                await TearAsync(storage);
                return 0;
            case "race":
                return await RaceAsync(storage);
            default:
                return 64;
        }
    }

    /// <summary>Runs <see cref="Main"/> in a process of its own and returns its exit code: 137 when it was killed.</summary>
    public static async Task<int> RunAsync(string root, string scenario, string checkpoint = "")
    {
        using var process = Process.Start(new ProcessStartInfo
        {
            FileName = Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet",
            ArgumentList = { "exec", typeof(CrashHost).Assembly.Location, root, scenario, checkpoint },
            UseShellExecute = false,
        })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    public static byte[] Content(int number) => TreeExtensions.Bytes(10_000 + number, number);

    private static async Task<IBackupHandle> FillAsync(FileStorage storage, string? checkpointOfLater = null)
    {
        // Removing comes after an end that has to get through: it meets the same checkpoints when its staging is discarded.
        var builder = checkpointOfLater is null
            ? storage
            : new FileStorage(new FileStorageOptions(storage.Options.Root), TimeProvider.System, storage.Logger);
        var backup = await builder.StartBackupAsync(Directory, Name, CancellationToken.None);
        for (var number = 0; number < 5; number++)
        {
            await using var stream = await backup.AddFileAsync($"d{number}/f", -1, CancellationToken.None);
            await stream.WriteAsync(Content(number));
        }

        return backup;
    }

    private static Task EndAsync(IBackupHandle backup) => backup.EndBackupAsync(BackupNotes.None, CancellationToken.None).AsTask();

    private static async Task TearAsync(FileStorage storage)
    {
        var backup = await FillAsync(storage);
        var torn = await backup.AddFileAsync("torn", -1, CancellationToken.None);
        await torn.WriteAsync(new byte[100]);
        Die();
    }

    private static async Task<int> RaceAsync(FileStorage storage)
    {
        try
        {
            var backup = await storage.StartBackupAsync(Directory, Name, CancellationToken.None);
            await EndAsync(backup);
            return 1;
        }
        catch (StorageException exception) when (exception.Kind == StorageErrorKind.AlreadyExists)
        {
            return 2;
        }
    }

    private static void Die()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }
}
