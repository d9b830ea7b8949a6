using BackupFs.FileSystem;
using BackupFs.WinFsp.Processes;

namespace BackupFs.Mount.Windows;

/// <summary>A process that writes, and what its exit code says.</summary>
internal sealed class WindowsWriter : IObservedProcess, IDisposable
{
    /// <summary>
    /// Exit codes from here on are errors of the system's own: 0xC0000005 after an access violation, 0xC000013A after Ctrl-C, -1 from
    /// Process.Kill. No program means them when it ends by itself.
    /// </summary>
    private const uint FirstKilled = 0xC0000000;

    private readonly IProcess _process;

    public WindowsWriter(IProcess process)
    {
        _process = process;
        Program = process.Program;
        Ended = EndedAsync(process);
    }

    public int ProcessId => (int)_process.Id;

    public string Program { get; }

    /// <summary>Unknown: the command line of another process cannot be read without its consent.</summary>
    public string? CommandDigest => null;

    public ProcessEnding? Ending => Ended.IsCompletedSuccessfully ? Ended.Result : null;

    public Task<ProcessEnding> Ended { get; }

    public IReadOnlyList<IObservedProcess> Feeders => [];

    /// <summary>Whether its handles are being closed by its end, or were.</summary>
    public bool IsEnding => Ended.IsCompleted || _process.IsEnding;

    public void Dispose() => _process.Dispose();

    /// <summary>What an exit code says.</summary>
    internal static ProcessEnding From(uint? code) => code switch
    {
        null => ProcessEnding.Unknown,
        >= FirstKilled => new ProcessEnding(unchecked((int)code.Value), 0),
        _ => new ProcessEnding(0, unchecked((int)code.Value)),
    };

    private static async Task<ProcessEnding> EndedAsync(IProcess process) => From(await process.Ended.ConfigureAwait(false));
}
