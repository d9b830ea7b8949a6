using System.Diagnostics;
using System.Globalization;
using Azure.Storage;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Storage.Azure.Tests;

/// <summary>
/// The emulator that Microsoft gives away: the one that the environment names, or one that <c>scripts/storages-up</c> starts for
/// this process. One container for all tests; each has a root of its own.
/// </summary>
internal static class Azurite
{
    private static readonly Lazy<Task<(string Endpoint, string Account, string Key)>> Ready = new(StartAsync);
    private static readonly string Container = $"t{Guid.NewGuid():n}";
    private static int _roots;

    /// <summary>The address of its blob service, its account, and the account's key.</summary>
    internal static Task<(string Endpoint, string Account, string Key)> GetAsync() => Ready.Value;

    /// <summary>A location that nothing is stored in.</summary>
    internal static async Task<string> NewLocationAsync(string parameters = "") =>
        $"azblob://{Container}/root {Interlocked.Increment(ref _roots)}?endpoint={(await GetAsync()).Endpoint}{parameters}";

    /// <summary>A client with the account's key from the environment.</summary>
    internal static async Task<AzureObjectStore> OpenAsync(string location, TimeProvider? time = null)
    {
        var (_, account, key) = await GetAsync();
        return Open(location, name => name switch { "AZURE_STORAGE_ACCOUNT" => account, "AZURE_STORAGE_KEY" => key, _ => null }, time);
    }

    /// <summary>A client with an environment.</summary>
    internal static AzureObjectStore Open(string location, Func<string, string?> environment, TimeProvider? time = null) =>
        new(AzureStoreOptions.Of(StorageUrl.Parse(location)), time ?? TimeProvider.System, NullLogger.Instance, environment);

    /// <summary>Microsoft's client, for what the store has no need of.</summary>
    internal static async Task<BlobContainerClient> ContainerAsync()
    {
        var (endpoint, account, key) = await GetAsync();
        return ContainerOf(endpoint, account, key);
    }

    private static async Task<(string Endpoint, string Account, string Key)> StartAsync()
    {
        var environment = Environment.GetEnvironmentVariable("BACKUPFS_TEST_AZURE_ENDPOINT") is null
            ? await RunScriptAsync()
            : Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
                .ToDictionary(entry => (string)entry.Key, entry => (string)entry.Value!, StringComparer.Ordinal);
        var found = (environment["BACKUPFS_TEST_AZURE_ENDPOINT"], environment["BACKUPFS_TEST_AZURE_ACCOUNT"], environment["BACKUPFS_TEST_AZURE_KEY"]);
        await ContainerOf(found.Item1, found.Item2, found.Item3).CreateAsync();
        return found;
    }

    private static BlobContainerClient ContainerOf(string endpoint, string account, string key) => new(
        new Uri($"{endpoint}/{Container}"), new StorageSharedKeyCredential(account, key), new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_02_06));

    /// <summary>Starts one that ends when this process ends, and reads the lines that lead to it.</summary>
    private static async Task<Dictionary<string, string>> RunScriptAsync()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "BackupFs.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("no BackupFs.sln above the test's directory");
        }

        var own = Path.Combine(Path.GetTempPath(), $"backupfs-azurite-{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}");
        using var script = Process.Start(new ProcessStartInfo(
            Path.Combine(directory.FullName, "scripts/storages-up"),
            ["--only", "azurite", "--while", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), own])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException("scripts/storages-up does not run");

        // What it starts may keep its standard error open.
        var errors = new System.Text.StringBuilder();
        script.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        script.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await script.WaitForExitAsync(limit.Token).WaitAsync(limit.Token);
        return script.ExitCode == 0
            ? (await File.ReadAllLinesAsync(Path.Combine(own, "env"), limit.Token))
                .Where(line => line.StartsWith("export ", StringComparison.Ordinal))
                .Select(line => line["export ".Length..].Split('=', 2))
                .ToDictionary(pair => pair[0], pair => pair[1].Trim('\''), StringComparer.Ordinal)
            : throw new InvalidOperationException($"scripts/storages-up failed: {errors}");
    }
}
