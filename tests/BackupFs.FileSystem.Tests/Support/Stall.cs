namespace BackupFs.FileSystem.Tests.Support;

/// <summary>Holds calls of a storage until the test says otherwise.</summary>
internal sealed class Stall
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FaultPlan _faults;
    private readonly string _operation;
    private readonly int _before;

    /// <param name="faults">The plan of the storage.</param>
    /// <param name="operation">As <see cref="Fault.Operation"/>.</param>
    /// <param name="path">The only path meant; null for all.</param>
    /// <param name="late">Whether the call takes place at once, and only its answer is held.</param>
    /// <param name="times">How many calls.</param>
    public Stall(FaultPlan faults, string operation, string? path = null, bool late = false, int times = int.MaxValue)
    {
        (_faults, _operation, _before) = (faults, operation, faults.CallsOf(operation));
        faults.Add(new Fault
        {
            Operation = operation,
            Path = path is null ? null : candidate => candidate == path,
            Until = _over.Task,
            Timing = late ? FaultTiming.After : FaultTiming.Before,
            Times = times,
        });
    }

    /// <summary>Returns when so many calls have come.</summary>
    public Task HitAsync(int calls = 1) => Eventually.TrueAsync(() => _faults.CallsOf(_operation) >= _before + calls);

    /// <summary>Lets them go on.</summary>
    public void Over() => _over.TrySetResult();
}
