namespace BackupFs.Storage.Objects;

/// <summary>Listings of more than one page, and objects small enough to be read at once.</summary>
internal static class ObjectLister
{
    /// <summary>The largest object that <see cref="ReadSmallAsync"/> reads: a manifest of millions of files.</summary>
    internal const long MaximumSmallSize = 1L << 30;

    /// <summary>All objects below a prefix.</summary>
    internal static async ValueTask<StorageResult<List<ObjectInfo>>> ListAllAsync(
        IObjectStore store, string prefix, CancellationToken cancellationToken)
    {
        var objects = new List<ObjectInfo>();
        string? continuation = null;
        do
        {
            var page = await store.ListAsync(new ObjectListing(prefix, Continuation: continuation), cancellationToken).ConfigureAwait(false);
            if (!page.IsOk)
            {
                return page.Error;
            }

            objects.AddRange(page.Value.Objects);
            continuation = page.Value.Continuation;
        }
        while (continuation is not null);
        return objects;
    }

    /// <summary>The names of the directories directly below a prefix (which is empty or ends with a slash).</summary>
    internal static async ValueTask<StorageResult<List<string>>> ListDirectoriesAsync(
        IObjectStore store, string prefix, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        string? continuation = null;
        do
        {
            var listing = new ObjectListing(prefix, ByDirectory: true, continuation);
            var page = await store.ListAsync(listing, cancellationToken).ConfigureAwait(false);
            if (!page.IsOk)
            {
                return page.Error;
            }

            names.AddRange(page.Value.Directories.Select(directory => directory[prefix.Length..^1]));
            continuation = page.Value.Continuation;
        }
        while (continuation is not null);
        return names;
    }

    /// <summary>Whether there is anything below a prefix.</summary>
    internal static async ValueTask<StorageResult<bool>> AnyAsync(IObjectStore store, string prefix, CancellationToken cancellationToken)
    {
        var page = await store.ListAsync(new ObjectListing(prefix, Maximum: 1), cancellationToken).ConfigureAwait(false);
        return page.IsOk ? page.Value.Objects.Count > 0 : page.Error;
    }

    /// <summary>An object's whole content and its tag. NotFound; Corrupt when it was replaced meanwhile.</summary>
    internal static async ValueTask<StorageResult<(byte[] Bytes, ObjectInfo Info)>> ReadSmallAsync(
        IObjectStore store, string key, CancellationToken cancellationToken)
    {
        var info = await store.GetInfoAsync(key, cancellationToken).ConfigureAwait(false);
        if (!info.IsOk)
        {
            return info.Error;
        }

        if (info.Value.Size > MaximumSmallSize)
        {
            return new StorageError(StorageErrorKind.Corrupt, $"'{BackupPath.Printable(key)}' has {info.Value.Size} bytes, which cannot be right");
        }

        var bytes = new byte[info.Value.Size];
        if (bytes.Length == 0)
        {
            return (bytes, info.Value);
        }

        var read = await store.ReadAsync(key, info.Value.Tag, 0, bytes, cancellationToken).ConfigureAwait(false);
        return !read.IsOk ? read.Error
            : read.Value == bytes.Length ? (bytes, info.Value)
            : new StorageError(StorageErrorKind.Corrupt, $"'{BackupPath.Printable(key)}' was replaced while it was read");
    }

    /// <summary>
    /// An object's whole content, which the caller can tell from a mixture of versions by itself: one request if it is small.
    /// NotFound.
    /// </summary>
    internal static ValueTask<StorageResult<byte[]>> ReadSealedAsync(IObjectStore store, string key, CancellationToken cancellationToken) =>
        ReadSealedAsync(store, key, tag: null, cancellationToken);

    /// <summary>The same of one version, unless the tag is null.</summary>
    internal static async ValueTask<StorageResult<byte[]>> ReadSealedAsync(
        IObjectStore store, string key, string? tag, CancellationToken cancellationToken)
    {
        var bytes = new byte[128 * 1024];
        var length = 0;
        while (true)
        {
            var read = await store.ReadAsync(key, tag, length, bytes.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (!read.IsOk)
            {
                return read.Error;
            }

            length += read.Value;
            if (length < bytes.Length)
            {
                Array.Resize(ref bytes, length);
                return bytes;
            }

            if (length >= MaximumSmallSize)
            {
                return new StorageError(StorageErrorKind.Corrupt, $"'{BackupPath.Printable(key)}' is larger than it can be");
            }

            Array.Resize(ref bytes, (int)Math.Min(MaximumSmallSize, length * 8L));
        }
    }
}
