namespace BackupFs.FileSystem.Tests.Support;

/// <summary>A process that ends when and how the test says.</summary>
internal sealed class FakeProcess(uint id, string program, string? digest) : IObservedProcess
{
    private readonly TaskCompletionSource<ProcessEnding> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<IObservedProcess> _feeders = [];

    public uint Id => id;

    public Caller Caller => new(id, 1000, 1000);

    public int ProcessId => (int)id;

    public string Program => program;

    public string? CommandDigest => digest;

    /// <summary>Its descriptors are being closed by its death.</summary>
    public bool IsExiting { get; set; }

    public ProcessEnding? Ending { get; private set; }

    public Task<ProcessEnding> Ended => _ended.Task;

    public IReadOnlyList<IObservedProcess> Feeders
    {
        get
        {
            lock (_feeders)
            {
                return [.. _feeders];
            }
        }
    }

    public FakeProcess FedBy(FakeProcess feeder)
    {
        lock (_feeders)
        {
            _feeders.Add(feeder);
        }

        return this;
    }

    public void Exits(int status) => End(new ProcessEnding(0, status));

    public void IsKilled(int signal = 9) => End(new ProcessEnding(signal, 0));

    public void Vanishes() => End(ProcessEnding.Unknown);

    private void End(ProcessEnding ending)
    {
        IsExiting = true;
        Ending = ending;
        _ended.TrySetResult(ending);
    }
}
