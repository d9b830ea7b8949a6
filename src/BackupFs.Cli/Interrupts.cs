using System.Runtime.InteropServices;

namespace BackupFs.Cli;

/// <summary>
/// SIGINT and SIGTERM as tokens; on Windows Ctrl-C, Ctrl-Break, a closed console, the end of the session and of a service. The first
/// signal asks to stop in good order, the second to stop waiting; the third ends the process as the system would have.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly TaskCompletionSource _isDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    /// <summary>Listens from now on.</summary>
    public Interrupts() => _registrations = [.. Signals.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];

    private static PosixSignal[] Signals => OperatingSystem.IsWindows()
        ? [PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGHUP, PosixSignal.SIGTERM]
        : [PosixSignal.SIGINT, PosixSignal.SIGTERM];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Cancelled by the second signal.</summary>
    public CancellationToken Abandon => _abandon.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDone.TrySetResult();
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
        _abandon.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        var count = Interlocked.Increment(ref _count);
        context.Cancel = count <= 2;
        if (count == 1)
        {
            _stop.Cancel();
        }
        else if (count == 2)
        {
            _abandon.Cancel();
        }

        // Windows ends the process as soon as it has been told of a closed console, or a few seconds later if it takes its time.
        if (OperatingSystem.IsWindows() && count <= 2 && context.Signal is (PosixSignal.SIGHUP or PosixSignal.SIGTERM))
        {
            _isDone.Task.Wait();
        }
    }
}
