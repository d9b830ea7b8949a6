using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Staging;

/// <summary>An open backup of this process: its staging directory, locked, with what is known of its files.</summary>
internal sealed class StagedBackup : IDisposable
{
    /// <summary>Takes ownership of everything.</summary>
    public StagedBackup(string key, Descriptor directory, Descriptor lockFile, StagingInfo info, FileTable files)
    {
        (Key, Directory, LockFile, Info, Files) = (key, directory, lockFile, info, files);
    }

    /// <summary>The staging directory's name.</summary>
    public string Key { get; }

    /// <summary>The staging directory, open for reading.</summary>
    public Descriptor Directory { get; }

    /// <summary>Who has it open.</summary>
    public StagingInfo Info { get; }

    /// <summary>The files.</summary>
    public FileTable Files { get; }

    /// <summary>Closed while the backup ends, and ever after.</summary>
    public ChangeGate Gate { get; } = new();

    /// <summary>Errors of this backup.</summary>
    public ErrorRecorder Errors { get; } = new();

    /// <summary>Whether it was let go of.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Held by this process as long as it is open.</summary>
    private Descriptor LockFile { get; }

    /// <summary>Lets go of everything, the lock last.</summary>
    public void Dispose()
    {
        IsDisposed = true;
        Files.Dispose();
        Directory.Dispose();
        LockFile.Dispose();
    }
}
