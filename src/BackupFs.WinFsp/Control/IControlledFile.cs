namespace BackupFs.WinFsp.Control;

/// <summary>A file or directory that is open for control codes. Disposing closes it.</summary>
public interface IControlledFile : IDisposable
{
    /// <summary>Sends a control code. False when the volume does not know it.</summary>
    /// <param name="code">The code.</param>
    /// <param name="input">What is sent, up to 4 KiB.</param>
    /// <param name="output">Room for the answer, up to 4 KiB.</param>
    /// <param name="count">Bytes answered.</param>
    /// <exception cref="IOException">The volume failed.</exception>
    bool TrySend(uint code, ReadOnlySpan<byte> input, Span<byte> output, out int count);
}
