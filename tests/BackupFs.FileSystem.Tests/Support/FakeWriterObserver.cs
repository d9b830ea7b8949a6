using System.Collections.Concurrent;

namespace BackupFs.FileSystem.Tests.Support;

/// <summary>An observer of scripted processes: it sees exactly those that the test started.</summary>
internal sealed class FakeWriterObserver : IWriterObserver
{
    private readonly ConcurrentDictionary<uint, FakeProcess> _processes = new();
    private int _lastId = 100;

    public FakeProcess Start(string program = "cp", string? digest = null)
    {
        var process = new FakeProcess((uint)Interlocked.Increment(ref _lastId), program, digest);
        _processes[process.Id] = process;
        return process;
    }

    public IObservedProcess? Observe(uint callerId) => _processes.GetValueOrDefault(callerId);

    public IObservedProcess? ObserveIfExiting(uint callerId) =>
        _processes.TryGetValue(callerId, out var process) && process.IsExiting ? process : null;

    /// <summary>What happens while the file system waits for news.</summary>
    public Action? OnSettle { get; set; }

    public ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        OnSettle?.Invoke();
        return ValueTask.CompletedTask;
    }

    /// <summary>Who waits for a caller, by the caller's number.</summary>
    public Dictionary<uint, int[]> Ancestors { get; } = [];

    public IReadOnlyCollection<int> AncestorsOf(uint callerId) => Ancestors.GetValueOrDefault(callerId, []);
}
