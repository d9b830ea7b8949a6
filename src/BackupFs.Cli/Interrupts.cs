using System.Runtime.InteropServices;

namespace BackupFs.Cli;

/// <summary>
/// SIGINT and SIGTERM as tokens. The first signal asks to stop in good order, the second to stop waiting; the third ends
/// the process as the system would have.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    /// <summary>Listens from now on.</summary>
    public Interrupts() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
    ];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Cancelled by the second signal.</summary>
    public CancellationToken Abandon => _abandon.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
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
    }
}
