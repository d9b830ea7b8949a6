using BackupFs.Storage;

namespace BackupFs.Mount.Semantics;

/// <summary>A place to store, which tests can also look at past the mount. Gone after disposing.</summary>
public interface ITreeStorage : IAsyncDisposable
{
    /// <summary>A client of the place.</summary>
    IBackupStorage Open();

    /// <summary>Stores files as something else would.</summary>
    Task PlantAsync(string directory, string name, IReadOnlyDictionary<string, byte[]> files);
}
