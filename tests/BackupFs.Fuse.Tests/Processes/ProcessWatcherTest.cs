using System.Diagnostics;
using System.Globalization;
using BackupFs.Fuse.Processes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace BackupFs.Fuse.Tests.Processes;

/// <summary>A watcher, a directory for signs between processes, and programs that are killed when the test is over.</summary>
public abstract class ProcessWatcherTest : IDisposable
{
    private protected static readonly TimeSpan HangGuard = TimeSpan.FromSeconds(60);

    private readonly List<Process> _programs = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("watcher-").FullName;

    private protected ProcessWatcher Watcher { get; } = NewWatcher();

    /// <summary>A watcher that a busy machine does not hurry.</summary>
    private protected static ProcessWatcher NewWatcher(
        ProcessFeatures? features = null, ProcessWatcherLimits? limits = null, ILogger? logger = null) => new(
        logger ?? NullLogger.Instance, TimeProvider.System, features ?? ProcessFeatures.All, limits ?? Patient);

    private protected static ProcessWatcherLimits Patient { get; } = new()
    {
        Scan = HangGuard, SettleSearches = HangGuard, SettleExits = HangGuard, FirstLook = HangGuard, Capture = HangGuard,
    };

    public virtual void Dispose()
    {
        foreach (Process program in _programs)
        {
            if (!program.HasExited)
            {
                program.Kill(entireProcessTree: true);
            }

            program.Dispose();
        }

        Watcher.Dispose();
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs a program; its standard input is ours to close, its standard output ours to read.</summary>
    private protected Process Start(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = _directory,
        };
        Process process = Process.Start(start)!;
        _programs.Add(process);
        return process;
    }

    private protected Process Shell(string script) => Start("/bin/bash", "-c", script);

    private protected Process Python(string script) => Start("python3", "-u", "-c", script);

    private protected static uint Id(Process process) => (uint)process.Id;

    private protected static async Task<string> LineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync().WaitAsync(HangGuard) ?? throw new InvalidOperationException("The program ended early.");

    private protected static async Task<int> NumberAsync(Process process) =>
        int.Parse(await LineAsync(process), CultureInfo.InvariantCulture);

    /// <summary>Makes the file that a script waits for with `until [ -e NAME ]`.</summary>
    private protected void Signal(string name) => File.WriteAllText(Path.Combine(_directory, name), "");

    private protected static async Task EventuallyAsync(Func<bool> condition)
    {
        Stopwatch elapsed = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(elapsed.Elapsed < HangGuard, "The condition did not come true.");
            await Task.Delay(2);
        }
    }

    private protected static async Task<ProcessEnding> EndingOfAsync(WatchedProcess? process)
    {
        Assert.NotNull(process);
        return await process.Ended.WaitAsync(HangGuard);
    }

    private protected ValueTask SettleAsync() => Watcher.SettleAsync(CancellationToken.None);
}
