using System.Globalization;

namespace BackupFs.FileSystem;

/// <summary>How a process ended.</summary>
/// <param name="Signal">The signal that killed it, or 0. On Windows, which has none, the negative status that it was ended with.</param>
/// <param name="ExitStatus">Its exit status, 0..255, or any number on Windows; 0 when it was killed.</param>
/// <param name="IsKnown">False when it ended and nobody could tell how.</param>
public readonly record struct ProcessEnding(int Signal, int ExitStatus, bool IsKnown = true)
{
    /// <summary>It is gone and nobody could tell how.</summary>
    public static ProcessEnding Unknown { get; } = new(0, 0, IsKnown: false);

    /// <summary>Exit status 0.</summary>
    public bool IsSuccess => IsKnown && Signal == 0 && ExitStatus == 0;

    /// <summary>Killed: by a signal, where there are signals.</summary>
    public bool IsKilled => Signal != 0;

    /// <inheritdoc/>
    public override string ToString() =>
        !IsKnown ? "ended, nobody knows how"
        : Signal < 0 ? string.Create(CultureInfo.InvariantCulture, $"killed with status 0x{Signal:X8}")
        : Signal != 0 ? string.Create(CultureInfo.InvariantCulture, $"killed by signal {Signal}")
        : string.Create(CultureInfo.InvariantCulture, $"exit status {ExitStatus}");
}
