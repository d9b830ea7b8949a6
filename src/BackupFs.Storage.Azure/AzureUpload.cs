using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using Azure;
using Azure.Storage.Blobs.Models;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Azure;

/// <summary>An upload by staged blocks, which become a blob when their list is committed. Thread-safe for different parts.</summary>
/// <remarks>
/// The name of a block is this upload's GUID, the part's number and a count: a late request of this upload or of another one
/// never replaces a block that is meant to be in the blob. All names of a blob's blocks must have the same length.
/// </remarks>
internal sealed class AzureUpload(AzureObjectStore store, string key) : IObjectUpload
{
    private const int NameBytes = 16 + sizeof(int) + sizeof(int);

    private readonly Guid _id = Guid.NewGuid();
    private readonly ConcurrentDictionary<int, (string Name, long Size)> _parts = new();
    private int _blocks;
    private volatile bool _ended;
    private volatile ObjectInfo? _completed;

    /// <inheritdoc/>
    public string Key => key;

    /// <inheritdoc/>
    public async ValueTask<StorageResult<Done>> UploadPartAsync(
        int number, ReadOnlySequence<byte> body, bool isLast, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Refuse(number) is { } refused)
        {
            return refused;
        }

        if (body.IsEmpty)
        {
            // A block has at least one byte; an empty part needs none.
            _parts[number] = ("", 0);
            return Done.Ok;
        }

        var name = NewName(number);
        var md5 = AzureObjectStore.Md5(body);
        var staged = await store.DoAsync<Done>(
            new AzureObjectStore.Request("uploading a part of", key),
            async (connection, deadline) =>
            {
                await using var stream = new SequenceStream(body, deadline);
                var options = new BlockBlobStageBlockOptions { TransferValidation = AzureObjectStore.Validation(md5) };
                await store.Blob(connection, key).StageBlockAsync(name, stream, options, deadline.Token).ConfigureAwait(false);
                return Done.Ok;
            },
            cancellationToken).ConfigureAwait(false);
        if (staged.IsOk)
        {
            _parts[number] = (name, body.Length);
        }

        return staged;
    }

    /// <inheritdoc/>
    public async ValueTask<StorageResult<Done>> CopyPartAsync(
        int number, string sourceKey, string tag, long offset, long length, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Refuse(number) is { } refused)
        {
            return refused;
        }

        if (length == 0)
        {
            _parts[number] = ("", 0);
            return Done.Ok;
        }

        if (store.CannotExist(sourceKey))
        {
            return StorageError.NotFound;
        }

        var name = NewName(number);
        var copied = await store.DoAsync<Done>(
            new AzureObjectStore.Request("copying a part of", sourceKey, StorageErrorKind.Corrupt, length),
            async (connection, deadline) =>
            {
                var (source, authorization) = await connection.AuthorizeSourceAsync(store.Blob(connection, sourceKey), deadline.Token).ConfigureAwait(false);
                var options = new StageBlockFromUriOptions
                {
                    SourceRange = new HttpRange(offset, length),
                    SourceConditions = new RequestConditions { IfMatch = AzureObjectStore.Condition(tag) },
                    SourceAuthentication = authorization,
                };
                await store.Blob(connection, key).StageBlockFromUriAsync(source, name, options, deadline.Token).ConfigureAwait(false);
                return Done.Ok;
            },
            cancellationToken).ConfigureAwait(false);
        if (copied.IsOk)
        {
            _parts[number] = (name, length);
        }

        return copied.Error is { Kind: StorageErrorKind.Corrupt } another
            ? await store.AnotherOrNoneAsync(sourceKey, another, cancellationToken).ConfigureAwait(false)
            : copied;
    }

    /// <inheritdoc/>
    public async ValueTask<StorageResult<ObjectInfo>> CompleteAsync(int parts, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_completed is { } before)
        {
            return before;
        }

        if (_ended)
        {
            return Ended();
        }

        var (names, size) = (new List<string>(parts), 0L);
        for (var number = 1; number <= parts; number++)
        {
            if (!_parts.TryGetValue(number, out var part))
            {
                return new StorageError(
                    StorageErrorKind.InvalidArgument, $"part {number.ToString(CultureInfo.InvariantCulture)} of '{BackupPath.Printable(key)}' was not uploaded");
            }

            size += part.Size;
            if (part.Size > 0)
            {
                names.Add(part.Name);
            }
        }

        // The service takes the latest block of each name, staged or committed: doing it again makes the same blob.
        var completed = await store.DoAsync<ObjectInfo>(
            new AzureObjectStore.Request("completing the upload of", key),
            async (connection, deadline) =>
            {
                BlobContentInfo stored = await store.Blob(connection, key)
                    .CommitBlockListAsync(names, new CommitBlockListOptions(), deadline.Token).ConfigureAwait(false);
                return new ObjectInfo(key, size, AzureObjectStore.Tag(stored.ETag), Timestamp.From(stored.LastModified));
            },
            cancellationToken).ConfigureAwait(false);
        if (completed.IsOk)
        {
            _completed = completed.Value;
            _ended = true;
        }

        return completed;
    }

    /// <inheritdoc/>
    /// <remarks>The blocks stay with Azure, invisible, for a week: see <see cref="AzureObjectStore"/>.</remarks>
    public ValueTask<StorageResult<Done>> AbortAsync(CancellationToken cancellationToken)
    {
        _ended = true;
        return new(Done.Ok);
    }

    private StorageError? Refuse(int number) =>
        _ended ? Ended()
        : number < 1 || number > store.Limits.MaximumParts
            ? new StorageError(StorageErrorKind.InvalidArgument, $"there is no part {number.ToString(CultureInfo.InvariantCulture)}")
            : null;

    private StorageError Ended() => new(StorageErrorKind.InvalidArgument, $"the upload of '{BackupPath.Printable(key)}' has ended");

    private string NewName(int number)
    {
        Span<byte> name = stackalloc byte[NameBytes];
        _id.TryWriteBytes(name);
        BinaryPrimitives.WriteInt32BigEndian(name[16..], number);
        BinaryPrimitives.WriteInt32BigEndian(name[20..], Interlocked.Increment(ref _blocks));
        return Convert.ToBase64String(name);
    }
}
