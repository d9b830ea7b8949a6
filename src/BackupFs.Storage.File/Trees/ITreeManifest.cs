namespace BackupFs.Storage.File.Trees;

/// <summary>Tells a tree what the manifest of its backup says.</summary>
internal interface ITreeManifest
{
    /// <summary>
    /// The checksums to verify a file against; null when there is no manifest, or a backup is still open. Corrupt when there is a
    /// manifest that cannot be read, or that does not know the file.
    /// </summary>
    ValueTask<StorageResult<FileChecksums?>> FindChecksumsAsync(string path, CancellationToken cancellationToken);
}
