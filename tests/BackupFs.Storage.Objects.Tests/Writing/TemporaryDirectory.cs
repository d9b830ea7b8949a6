namespace BackupFs.Storage.Objects.Tests.Writing;

/// <summary>A directory that is gone afterwards.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("backupfs-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
