using System.Buffers;
using System.Globalization;
using BackupFs.Storage;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Objects.Contract;

/// <summary>
/// An object store in memory, as strict as the real ones: the executable reference of <see cref="IObjectStore"/>, and a place
/// to inject faults. Thread-safe. Instances with the same <see cref="MemoryObjects"/> are clients of one server.
/// </summary>
public sealed class MemoryObjectStore(MemoryObjects objects, ObjectStoreLimits? limits = null) : IObjectStore
{
    /// <summary>Small parts, so that tests need little data.</summary>
    public static ObjectStoreLimits DefaultLimits { get; } = new(
        MaximumPutSize: 5L << 30,
        MinimumPartSize: 5 << 20,
        MaximumPartSize: 5L << 30,
        PartSizeMultiple: 1,
        MaximumParts: 10_000,
        MaximumObjectSize: 5L << 40,
        PartsInOrder: false,
        PartCopy: true,
        Conditions: true);

    public string Scheme => "memory-objects";

    public string Location => "memory-objects:";

    public ObjectStoreLimits Limits { get; } = limits ?? DefaultLimits;

    public MemoryObjects Objects { get; } = objects;

    /// <summary>Called before every request with its name (<c>put</c>, <c>get</c>, <c>part</c>…) and key; an error or a delay it returns is the request's.</summary>
    public Func<string, string, CancellationToken, ValueTask<StorageError?>>? Before { get; set; }

    /// <summary>Called after the server has done a request, whose answer is then lost.</summary>
    public Func<string, string, ValueTask<StorageError?>>? After { get; set; }

    /// <summary>Changes bytes on their way to a reader: key, offset, bytes.</summary>
    public Action<string, long, Memory<byte>>? OnRead { get; set; }

    public ValueTask<StorageResult<ObjectPage>> ListAsync(ObjectListing listing, CancellationToken cancellationToken) =>
        DoAsync<ObjectPage>("list", listing.Prefix, () => Objects.List(listing), cancellationToken);

    public ValueTask<StorageResult<ObjectInfo>> GetInfoAsync(string key, CancellationToken cancellationToken) =>
        DoAsync<ObjectInfo>("head", key, () => Objects.Find(key) is { } found ? found.Info : (StorageResult<ObjectInfo>)StorageError.NotFound, cancellationToken);

    public ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        ReadAsync(key, tag, offset, [buffer], cancellationToken);

    public ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken) =>
        DoAsync<int>(
            "get",
            key,
            () =>
            {
                if (Objects.Find(key) is not { } found)
                {
                    return (StorageResult<int>)StorageError.NotFound;
                }

                if (tag is not null && tag != found.Info.Tag)
                {
                    return new StorageError(StorageErrorKind.Corrupt, $"'{key}' is another version");
                }

                var done = 0;
                foreach (var buffer in buffers)
                {
                    var start = Math.Min(offset + done, found.Bytes.Length);
                    var length = (int)Math.Min(found.Bytes.Length - start, buffer.Length);
                    found.Bytes.AsMemory((int)start, length).CopyTo(buffer);
                    OnRead?.Invoke(key, start, buffer[..length]);
                    done += length;
                }

                return done;
            },
            cancellationToken);

    public ValueTask<StorageResult<ObjectInfo>> PutAsync(
        string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken) =>
        DoAsync<ObjectInfo>("put", key, () => Objects.Put(key, body.ToArray(), condition), cancellationToken);

    public ValueTask<StorageResult<ObjectInfo>> CopyAsync(string sourceKey, string destinationKey, CancellationToken cancellationToken) =>
        DoAsync<ObjectInfo>(
            "copy",
            sourceKey,
            () => Objects.Find(sourceKey) is { } found
                ? Objects.Put(destinationKey, found.Bytes, PutCondition.None)
                : (StorageResult<ObjectInfo>)StorageError.NotFound,
            cancellationToken);

    public ValueTask<StorageResult<Done>> DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        DoAsync<Done>(
            "delete",
            keys.Count > 0 ? keys[0] : "",
            () =>
            {
                foreach (var key in keys)
                {
                    Objects.Delete(key);
                }

                return Done.Ok;
            },
            cancellationToken);

    public ValueTask<StorageResult<IObjectUpload>> StartUploadAsync(string key, CancellationToken cancellationToken) =>
        DoAsync<IObjectUpload>("start", key, () => new StorageResult<IObjectUpload>(new Upload(this, key, Objects.StartUpload(key))), cancellationToken);

    public ValueTask<StorageResult<IReadOnlyList<UnfinishedUpload>>> ListUploadsAsync(string prefix, CancellationToken cancellationToken) =>
        DoAsync<IReadOnlyList<UnfinishedUpload>>("uploads", prefix, () => new StorageResult<IReadOnlyList<UnfinishedUpload>>(Objects.ListUploads(prefix)), cancellationToken);

    public ValueTask<StorageResult<Done>> AbortUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken) =>
        DoAsync<Done>(
            "abort",
            upload.Key,
            () =>
            {
                Objects.Abort(upload.Id);
                return Done.Ok;
            },
            cancellationToken);

    public ValueTask<StorageResult<Done>> PrepareAsync(string key, CancellationToken cancellationToken) =>
        DoAsync<Done>("prepare", key, () => Done.Ok, cancellationToken);

    public ValueTask CloseAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private async ValueTask<StorageResult<T>> DoAsync<T>(
        string request, string key, Func<StorageResult<T>> run, CancellationToken cancellationToken)
    {
        // Never synchronous: a network is not, either.
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        if (Before is not null && await Before(request, key, cancellationToken).ConfigureAwait(false) is { } refused)
        {
            return refused;
        }

        var result = run();
        if (After is not null && await After(request, key).ConfigureAwait(false) is { } lost)
        {
            return lost;
        }

        return result;
    }

    private sealed class Upload(MemoryObjectStore store, string key, string id) : IObjectUpload
    {
        public string Key => key;

        public ValueTask<StorageResult<Done>> UploadPartAsync(
            int number, ReadOnlySequence<byte> body, bool isLast, CancellationToken cancellationToken) =>
            store.DoAsync<Done>("part", key, () => store.Objects.PutPart(id, number, body.ToArray()), cancellationToken);

        public ValueTask<StorageResult<Done>> CopyPartAsync(
            int number, string sourceKey, string tag, long offset, long length, CancellationToken cancellationToken) =>
            store.DoAsync<Done>(
                "copypart",
                key,
                () =>
                {
                    if (!store.Limits.PartCopy)
                    {
                        return StorageError.Unsupported;
                    }

                    var source = store.Objects.Find(sourceKey);
                    return source is null ? StorageError.NotFound
                        : source.Info.Tag != tag ? new StorageError(StorageErrorKind.Corrupt, "another version")
                        : store.Objects.PutPart(id, number, source.Bytes.AsSpan((int)offset, (int)length).ToArray());
                },
                cancellationToken);

        public ValueTask<StorageResult<ObjectInfo>> CompleteAsync(int parts, CancellationToken cancellationToken) =>
            store.DoAsync<ObjectInfo>("complete", key, () => store.Objects.Complete(id, parts, store.Limits), cancellationToken);

        public ValueTask<StorageResult<Done>> AbortAsync(CancellationToken cancellationToken) =>
            store.DoAsync<Done>(
                "abort",
                key,
                () =>
                {
                    store.Objects.Abort(id);
                    return Done.Ok;
                },
                cancellationToken);
    }
}

/// <summary>What a <see cref="MemoryObjectStore"/> holds. Thread-safe.</summary>
public sealed class MemoryObjects(TimeProvider? time = null)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, StoredBytes> _objects = new(KeyOrder.Instance);
    private readonly Dictionary<string, (string Key, Timestamp Started, SortedDictionary<int, byte[]> Parts)> _uploads = [];
    private readonly Dictionary<string, ObjectInfo> _completed = [];
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private int _last;

    /// <summary>Whether conditions are ignored without a word, as some servers do.</summary>
    public bool IgnoresConditions { get; set; }

    /// <summary>All keys, ordered.</summary>
    public IReadOnlyList<string> Keys
    {
        get
        {
            lock (_gate)
            {
                return [.. _objects.Keys];
            }
        }
    }

    /// <summary>An object's bytes (not a copy); null if there is none.</summary>
    public byte[]? this[string key]
    {
        get => Find(key)?.Bytes;
        set
        {
            if (value is null)
            {
                Delete(key);
            }
            else
            {
                Put(key, value, PutCondition.None);
            }
        }
    }

    internal StoredBytes? Find(string key)
    {
        lock (_gate)
        {
            return _objects.GetValueOrDefault(key);
        }
    }

    internal StorageResult<ObjectInfo> Put(string key, byte[] bytes, PutCondition condition)
    {
        lock (_gate)
        {
            var present = _objects.GetValueOrDefault(key);
            if (!IgnoresConditions
                && ((condition.IfAbsent && present is not null) || (condition.IfTag is { } tag && present?.Info.Tag != tag)))
            {
                return new StorageError(StorageErrorKind.AlreadyExists, $"the condition on '{key}' was not met");
            }

            var info = new ObjectInfo(key, bytes.Length, Next(), Timestamp.From(_time.GetUtcNow()));
            _objects[key] = new StoredBytes(info, bytes);
            return info;
        }
    }

    internal void Delete(string key)
    {
        lock (_gate)
        {
            _objects.Remove(key);
        }
    }

    internal ObjectPage List(ObjectListing listing)
    {
        lock (_gate)
        {
            var found = new List<ObjectInfo>();
            var directories = new List<string>();
            foreach (var (key, stored) in _objects)
            {
                if (!key.StartsWith(listing.Prefix, StringComparison.Ordinal))
                {
                    continue;
                }

                var slash = listing.ByDirectory ? key.IndexOf('/', listing.Prefix.Length) : -1;
                var name = slash < 0 ? key : key[..(slash + 1)];
                if ((listing.Continuation is { } after && KeyOrder.Instance.Compare(name, after) <= 0)
                    || (slash >= 0 && directories.Count > 0 && directories[^1] == name))
                {
                    continue;
                }

                if (found.Count + directories.Count == listing.Maximum)
                {
                    var last = KeyOrder.Instance.Compare(found.LastOrDefault()?.Key ?? "", directories.LastOrDefault() ?? "") > 0
                        ? found[^1].Key : directories[^1];
                    return new ObjectPage(found, directories, last);
                }

                if (slash < 0)
                {
                    found.Add(stored.Info);
                }
                else
                {
                    directories.Add(name);
                }
            }

            return new ObjectPage(found, directories, null);
        }
    }

    internal string StartUpload(string key)
    {
        lock (_gate)
        {
            var id = Next();
            _uploads.Add(id, (key, Timestamp.From(_time.GetUtcNow()), []));
            return id;
        }
    }

    internal StorageResult<Done> PutPart(string id, int number, byte[] bytes)
    {
        lock (_gate)
        {
            if (!_uploads.TryGetValue(id, out var upload))
            {
                return new StorageError(StorageErrorKind.NotFound, "there is no such upload");
            }

            upload.Parts[number] = bytes;
            return Done.Ok;
        }
    }

    internal StorageResult<ObjectInfo> Complete(string id, int parts, ObjectStoreLimits limits)
    {
        lock (_gate)
        {
            if (_completed.TryGetValue(id, out var before))
            {
                return before;
            }

            if (!_uploads.TryGetValue(id, out var upload))
            {
                return new StorageError(StorageErrorKind.NotFound, "there is no such upload");
            }

            if (upload.Parts.Count < parts || !upload.Parts.Keys.Take(parts).SequenceEqual(Enumerable.Range(1, parts)) || parts < 1)
            {
                return new StorageError(StorageErrorKind.InvalidArgument, "parts are missing");
            }

            var bodies = upload.Parts.Values.Take(parts).ToList();
            if (bodies.Take(parts - 1).Any(body => body.Length < limits.MinimumPartSize))
            {
                return new StorageError(StorageErrorKind.InvalidArgument, "a part is too small");
            }

            _uploads.Remove(id);
            var stored = Put(upload.Key, [.. bodies.SelectMany(body => body)], PutCondition.None);
            _completed[id] = stored.Value;
            return stored;
        }
    }

    internal void Abort(string id)
    {
        lock (_gate)
        {
            _uploads.Remove(id);
        }
    }

    /// <summary>The uploads under way below a prefix.</summary>
    public IReadOnlyList<UnfinishedUpload> ListUploads(string prefix)
    {
        lock (_gate)
        {
            return [.. _uploads.Where(upload => upload.Value.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Select(upload => new UnfinishedUpload(upload.Value.Key, upload.Key, upload.Value.Started))];
        }
    }

    private string Next() => (++_last).ToString("x8", CultureInfo.InvariantCulture);
}

/// <summary>An object and its bytes.</summary>
internal sealed record StoredBytes(ObjectInfo Info, byte[] Bytes);
