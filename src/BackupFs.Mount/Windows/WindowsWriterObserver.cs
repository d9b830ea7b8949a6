using BackupFs.FileSystem;
using BackupFs.WinFsp.Processes;

namespace BackupFs.Mount.Windows;

/// <summary>Watches writers by their exit codes. What feeds them through pipes is not seen on Windows.</summary>
/// <param name="processes">The processes there are.</param>
/// <param name="time">The clock.</param>
public sealed class WindowsWriterObserver(IProcesses processes, TimeProvider time) : IWriterObserver
{
    /// <summary>How long a process whose exit code is set may take to end completely.</summary>
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(2);

    /// <summary>More generations are not looked for.</summary>
    private const int MostAncestors = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<uint, WindowsWriter> _writers = [];

    /// <inheritdoc/>
    public IObservedProcess? Observe(uint callerId)
    {
        if (callerId == 0)
        {
            return null;
        }

        lock (_lock)
        {
            // While one is watched its number is its own.
            if (_writers.TryGetValue(callerId, out var known))
            {
                return known;
            }

            if (processes.TryOpen(callerId) is not { } process)
            {
                return null;
            }

            var writer = new WindowsWriter(process);
            _writers.Add(callerId, writer);
            _ = ForgetWhenEndedAsync(writer);
            return writer;
        }
    }

    /// <inheritdoc/>
    public IObservedProcess? ObserveIfExiting(uint callerId)
    {
        // The number is that of the open that is being closed: only who was watched since then is still known to be the same.
        lock (_lock)
        {
            return _writers.TryGetValue(callerId, out var writer) && writer.IsEnding ? writer : null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        Task[] ending;
        lock (_lock)
        {
            ending = [.. _writers.Values.Where(writer => writer.IsEnding).Select(writer => writer.Ended)];
        }

        try
        {
            await Task.WhenAll(ending).WaitAsync(SettlePatience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A driver holds it up; it is judged when it has ended.
        }
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<int> AncestorsOf(uint callerId)
    {
        var ancestors = new List<int>();
        for (var process = callerId; process != 0 && ancestors.Count < MostAncestors; process = processes.ParentOf(process))
        {
            ancestors.Add((int)process);
        }

        return ancestors;
    }

    private async Task ForgetWhenEndedAsync(WindowsWriter writer)
    {
        await writer.Ended.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        lock (_lock)
        {
            _writers.Remove((uint)writer.ProcessId);
        }

        writer.Dispose();
    }
}
