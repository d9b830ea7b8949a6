using System.Buffers;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Directory;

/// <summary>
/// An upload in parts, which are written one after another into <c>.backupfs/uploads/ID/content</c>; <c>key</c> beside it says what it
/// is to become. Not thread-safe, as <see cref="ObjectStoreLimits.PartsInOrder"/> says.
/// </summary>
internal sealed class DirectoryUpload : IObjectUpload
{
    internal const string Folder = "uploads";
    internal const string ContentName = "content";
    private const string KeyName = "key";
    private readonly DirectoryObjectStore _store;
    private readonly string _id;
    private readonly TemporaryFile _file;
    private int _parts;
    private long _length;
    private bool _isAborted;
    private ObjectInfo? _completed;

    private DirectoryUpload(DirectoryObjectStore store, string key, string id, TemporaryFile file) =>
        (_store, Key, _id, _file) = (store, key, id, file);

    /// <inheritdoc/>
    public string Key { get; }

    /// <summary>Starts one.</summary>
    internal static DirectoryUpload Start(DirectoryObjectStore store, string key)
    {
        var id = Guid.NewGuid().ToString("N");
        var file = TemporaryFile.Create(store.Paths.Own(Folder, id), ContentName);
        try
        {
            File.WriteAllText(store.Paths.Own(Folder, id, KeyName), key);
            return new DirectoryUpload(store, key, id, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Uploads of anybody for keys that begin with a prefix.</summary>
    internal static List<UnfinishedUpload> List(ObjectPaths paths, string prefix)
    {
        var uploads = new List<UnfinishedUpload>();
        foreach (var entry in DirectoryEntry.Read(paths.Own(Folder)).Where(entry => entry.IsDirectory))
        {
            var path = paths.Own(Folder, entry.Name, KeyName);
            try
            {
                var key = File.ReadAllText(path);
                if (key.Length > 0 && key.StartsWith(prefix, StringComparison.Ordinal))
                {
                    uploads.Add(new UnfinishedUpload(
                        key, entry.Name, Timestamp.From(new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero))));
                }
            }
            catch (IOException exception) when (DirectoryErrors.IsNotFound(exception))
            {
                // It has just been ended, or is just being started.
            }
        }

        return uploads;
    }

    /// <summary>Removes what there is of an upload.</summary>
    internal static void Remove(ObjectPaths paths, string id)
    {
        if (!Guid.TryParseExact(id, "N", out _))
        {
            throw new StorageException(StorageErrorKind.InvalidArgument, "that is no upload of this store");
        }

        try
        {
            System.IO.Directory.Delete(paths.Own(Folder, id), recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // It was removed before.
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> UploadPartAsync(
        int number, ReadOnlySequence<byte> body, bool isLast, CancellationToken cancellationToken) => DirectoryObjectStore.DoAsync<Done>(
        "storing",
        Key,
        () =>
        {
            if (_isAborted || _completed is not null)
            {
                return new(Ended());
            }

            if (number != _parts + 1)
            {
                return new(new StorageError(StorageErrorKind.InvalidArgument, $"part {number} does not follow part {_parts}"));
            }

            _file.Write(body, _length, cancellationToken);
            _length += body.Length;
            _parts = number;
            return new(Done.Ok);
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> CopyPartAsync(
        int number, string sourceKey, string tag, long offset, long length, CancellationToken cancellationToken) =>
        new(StorageError.Unsupported);

    /// <inheritdoc/>
    public ValueTask<StorageResult<ObjectInfo>> CompleteAsync(int parts, CancellationToken cancellationToken) => DirectoryObjectStore.DoAsync<ObjectInfo>(
        "storing",
        Key,
        async () =>
        {
            if (_completed is not null)
            {
                return _completed;
            }

            if (_isAborted)
            {
                return Ended();
            }

            if (parts != _parts)
            {
                return new StorageError(StorageErrorKind.InvalidArgument, $"there are {_parts} parts, not {parts}");
            }

            _file.Seal(_store.NextTime());
            _completed = await _store.PlaceAsync(_file, Key, replaces: true, cancellationToken).ConfigureAwait(false);
            _file.Dispose();
            Remove(_store.Paths, _id);
            return _completed;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> AbortAsync(CancellationToken cancellationToken) => DirectoryObjectStore.DoAsync<Done>(
        "aborting the upload of",
        Key,
        () =>
        {
            if (_completed is null)
            {
                _isAborted = true;
                _file.Dispose();
                Remove(_store.Paths, _id);
            }

            return new(Done.Ok);
        },
        cancellationToken);

    private StorageError Ended() => new(StorageErrorKind.NotFound, $"the upload of '{BackupPath.Printable(Key)}' has ended");
}
