using BackupFs.Fuse.Interop;

namespace BackupFs.Fuse.Processes;

/// <summary>Learns how a process ended whose every thread is dead. Stateless, thread-safe.</summary>
internal sealed class ExitStatusReader(ProcessFeatures features)
{
    /// <summary>How it ended; null when that cannot be told yet: it is not reaped and its status is hidden from us.</summary>
    internal ProcessEnding? TryRead(WatchedProcess process)
    {
        if (FromDescriptor(process) is { } reaped)
        {
            return reaped;
        }

        // What the number says is this process's only if it had not been reaped by then.
        int? zombie = ZombieStatus.OfZombie(process.ProcessId);
        if (!process.Descriptor.IsReaped)
        {
            return zombie is { } status ? ProcessEnding.FromWaitStatus(status) : null;
        }

        // Reaped, perhaps between the two looks. Before Linux 6.15 the status is gone with it, unless its death was watched.
        return FromDescriptor(process)
            ?? (process.CapturedStatus >= 0 ? ProcessEnding.FromWaitStatus(process.CapturedStatus) : ProcessEnding.Unknown);
    }

    private ProcessEnding? FromDescriptor(WatchedProcess process) =>
        features.ExitInfo && process.Descriptor.TryGetInfo(out ProcessInfo info) && (info.Mask & ProcessInfo.HasExit) != 0
            ? ProcessEnding.FromWaitStatus(info.ExitCode)
            : null;
}
