using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace BackupFs.Storage.Objects.Contract;

/// <summary>
/// The servers that tests talk to: those that the environment names (see <c>scripts/storages-up</c>), else ones that are
/// started once for this test run and end with it. Tests are never skipped: what cannot be started fails them. Thread-safe.
/// </summary>
public static class StorageServers
{
    /// <summary>With what a slow machine needs to install them.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(9);

    private static readonly ConcurrentDictionary<string, Lazy<Task<IReadOnlyDictionary<string, string>>>> Started = new();

    /// <summary>The environment of one service.</summary>
    /// <param name="service"><c>ceph</c>, <c>azurite</c> or <c>gcs</c>.</param>
    /// <param name="variable">What is set where the service runs already.</param>
    public static Task<IReadOnlyDictionary<string, string>> GetAsync(string service, string variable) =>
        Started.GetOrAdd(service, _ => new(() => FindAsync(service, variable))).Value;

    private static async Task<IReadOnlyDictionary<string, string>> FindAsync(string service, string variable)
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable)))
        {
            return Environment.GetEnvironmentVariables().Keys.Cast<string>()
                .Where(name => name.StartsWith("BACKUPFS_TEST_", StringComparison.Ordinal))
                .ToDictionary(name => name, name => Environment.GetEnvironmentVariable(name)!);
        }

        // Every run has servers of its own, so that runs beside each other do not stop each other's.
        var directory = Directory.CreateTempSubdirectory($"backupfs-{service}-").FullName;
        var start = new ProcessStartInfo(Path.Combine(Checkout(), "scripts", "storages-up"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "--only", service, "--while", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), directory },
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0
                ? Parse(await output)
                : throw new InvalidOperationException($"scripts/storages-up --only {service} failed:\n{await errors}");
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new InvalidOperationException($"scripts/storages-up --only {service} did not end within {Limit}");
        }
    }

    private static Dictionary<string, string> Parse(string lines) =>
        lines.Split('\n').Where(line => line.StartsWith("export ", StringComparison.Ordinal))
            .Select(line => line["export ".Length..].Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1].Trim('\''));

    private static string Checkout([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", ".."));
}
