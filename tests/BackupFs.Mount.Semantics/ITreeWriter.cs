namespace BackupFs.Mount.Semantics;

/// <summary>A program of its own that has a file open. Disposing kills it if it still lives.</summary>
public interface ITreeWriter : IDisposable
{
    /// <summary>It closes the file, and lives on.</summary>
    void Close();

    /// <summary>It is killed; returns when it has ended.</summary>
    void Kill();

    /// <summary>It exits with a status; returns when it has ended.</summary>
    void Exit(int status);
}
