using System.Globalization;

namespace BackupFs.Fuse.Processes;

/// <summary>How a process ended.</summary>
/// <param name="Signal">The signal that killed it, or 0.</param>
/// <param name="ExitStatus">Its exit status, 0..255; 0 when a signal killed it.</param>
/// <param name="IsKnown">False when it ended and nobody could tell how.</param>
public readonly record struct ProcessEnding(int Signal, int ExitStatus, bool IsKnown = true)
{
    /// <summary>It is gone and nobody could tell how.</summary>
    public static ProcessEnding Unknown { get; } = new(0, 0, IsKnown: false);

    /// <summary>From a wait status (wait(2)): the signal in the low 7 bits, bit 7 = core dumped, the exit status above.</summary>
    public static ProcessEnding FromWaitStatus(int waitStatus) =>
        (waitStatus & 0x7f) != 0 ? new(waitStatus & 0x7f, 0) : new(0, (waitStatus >> 8) & 0xff);

    /// <inheritdoc/>
    public override string ToString() =>
        !IsKnown ? "ended, nobody knows how"
        : Signal != 0 ? string.Create(CultureInfo.InvariantCulture, $"killed by signal {Signal}")
        : string.Create(CultureInfo.InvariantCulture, $"exit status {ExitStatus}");
}
