namespace BackupFs.Storage.Objects;

/// <summary>Backups on an object store: Vitess's layout of keys, and what makes a directory a transaction.</summary>
public sealed class ObjectStorage
{
}
