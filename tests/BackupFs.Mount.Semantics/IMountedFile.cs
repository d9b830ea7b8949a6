namespace BackupFs.Mount.Semantics;

/// <summary>An open file. Disposing closes it.</summary>
public interface IMountedFile : IDisposable
{
    /// <summary>Writes at an offset.</summary>
    Refusal WriteAt(long offset, ReadOnlySpan<byte> content);

    /// <summary>Reads at an offset; fewer bytes at the end of the file.</summary>
    byte[] ReadAt(long offset, int length);
}
