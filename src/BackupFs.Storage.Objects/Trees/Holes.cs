namespace BackupFs.Storage.Objects;

/// <summary>Objects have no holes: everything before the end is data, and the end counts as a hole, as POSIX allows.</summary>
internal static class Holes
{
    internal static StorageResult<long> Seek(long size, SeekTarget target, long offset) =>
        offset < 0 ? StorageErrorKind.InvalidArgument
        : offset >= size ? StorageErrorKind.NoSuchOffset
        : target == SeekTarget.Data ? offset : size;
}
