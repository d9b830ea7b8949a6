using System.Runtime.CompilerServices;
using BackupFs.FileSystem;
using BackupFs.Fuse.Processes;

namespace BackupFs.Mount.Linux;

/// <summary>Watches writers through pidfds.</summary>
public sealed class LinuxWriterObserver(ProcessWatcher watcher) : IWriterObserver
{
    private readonly ConditionalWeakTable<WatchedProcess, Process> _processes = [];

    /// <inheritdoc/>
    public IObservedProcess? Observe(uint callerId) => From(watcher.Watch(callerId));

    /// <inheritdoc/>
    public IObservedProcess? ObserveIfExiting(uint callerId) => From(watcher.WatchIfExiting(callerId));

    /// <inheritdoc/>
    public ValueTask SettleAsync(CancellationToken cancellationToken) => watcher.SettleAsync(cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyCollection<int> AncestorsOf(uint callerId) => ProcessWatcher.AncestorsOf(callerId);

    private Process? From(WatchedProcess? watched)
    {
        if (watched is null)
        {
            return null;
        }

        // One object for one process, as the observer promises.
        return _processes.TryGetValue(watched, out var known)
            ? known
            : _processes.GetValue(watched, process => new Process(process, this));
    }

    private static FileSystem.ProcessEnding From(Fuse.Processes.ProcessEnding ending) => new(ending.Signal, ending.ExitStatus, ending.IsKnown);

    private sealed class Process(WatchedProcess watched, LinuxWriterObserver observer) : IObservedProcess
    {
        public int ProcessId => watched.ProcessId;

        public string Program => watched.Program;

        public string? CommandDigest => watched.CommandDigest;

        public FileSystem.ProcessEnding? Ending => watched.Ending is { } ending ? From(ending) : null;

        public Task<FileSystem.ProcessEnding> Ended { get; } = EndedAsync(watched);

        public IReadOnlyList<IObservedProcess> Feeders
        {
            get
            {
                var feeders = watched.Feeders;
                return feeders.Count == 0 ? [] : [.. feeders.Select(feeder => (IObservedProcess)observer.From(feeder)!)];
            }
        }

        private static async Task<FileSystem.ProcessEnding> EndedAsync(WatchedProcess watched) => From(await watched.Ended.ConfigureAwait(false));
    }
}
