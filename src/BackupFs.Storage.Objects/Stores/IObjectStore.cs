using System.Buffers;

namespace BackupFs.Storage.Objects;

/// <summary>
/// A store of named, immutable byte strings: what S3, Azure Blob Storage and Google Cloud Storage have in common, and all
/// that <see cref="ObjectStorage"/> needs of one. Thread-safe.
/// </summary>
/// <remarks>
/// <para>A key is what the user sees in the store, for example <c>commerce/-80/monday/ibdata1</c>; the root that the user
/// configured is put before it by the implementation (plain join with <c>/</c>, as Vitess does) and cut off again.</para>
/// <para>What goes wrong in the store is a <see cref="StorageError"/> in the result, mapped in one file; its
/// <see cref="StorageError.IsTransient"/> says that trying again later may help. Implementations retry by themselves
/// (throttling, broken connections, 5xx; with jitter), and every call ends within the time-outs they were given, whatever
/// the server does: also when it stalls in the middle of a body. A cancelled token ends a call with
/// <see cref="OperationCanceledException"/>. No other exception leaves.</para>
/// <para>Reads, lists and conditions see what was written before (strong consistency), as the three stores promise.</para>
/// </remarks>
public interface IObjectStore
{
    /// <summary>The registered name: <c>s3</c>, <c>ceph</c>, <c>azblob</c>, <c>gcs</c>.</summary>
    string Scheme { get; }

    /// <summary>What this store is, for people: a URL without secrets.</summary>
    string Location { get; }

    /// <summary>What it can do.</summary>
    ObjectStoreLimits Limits { get; }

    /// <summary>
    /// One page of the keys that begin with a prefix, in ordinal order of their UTF-8 bytes. Nothing there is an empty page;
    /// a bucket that does not exist is NotFound with a message.
    /// </summary>
    ValueTask<StorageResult<ObjectPage>> ListAsync(ObjectListing listing, CancellationToken cancellationToken);

    /// <summary>An object's size, tag and time; NotFound.</summary>
    ValueTask<StorageResult<ObjectInfo>> GetInfoAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Reads <c>buffer.Length</c> bytes from <paramref name="offset"/>, or up to the object's end; the count is returned
    /// (0 at or after the end). Breaks in the middle are resumed within the call.
    /// </summary>
    /// <param name="key">The object.</param>
    /// <param name="tag">Only this version: another one there is <see cref="StorageErrorKind.Corrupt"/>. Null for any.</param>
    /// <param name="offset">In bytes, 0 or more.</param>
    /// <param name="buffer">Filled from its start; its content is undefined after an error.</param>
    /// <param name="cancellationToken">Cancelling stops the transfer, too.</param>
    ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>
    /// As the other overload, into several buffers that are filled one after another. The memory of a
    /// <see cref="MemoryBudget"/> comes in pieces: a store should override this with one request for all of them.
    /// </summary>
    async ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        var total = 0;
        for (var i = 0; i < buffers.Count; i++)
        {
            var read = await ReadAsync(key, tag, offset + total, buffers[i], cancellationToken).ConfigureAwait(false);
            if (!read.IsOk)
            {
                return read;
            }

            total += read.Value;
            if (read.Value < buffers[i].Length)
            {
                break;
            }
        }

        return total;
    }

    /// <summary>
    /// Reads an object that is known to have as many bytes as the buffers together: the same as <c>ReadAsync</c> from 0. A store
    /// whose server has less to do for a whole object than for a part of one should override this with a request for the whole.
    /// </summary>
    ValueTask<StorageResult<int>> ReadWholeAsync(
        string key, string? tag, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken) =>
        ReadAsync(key, tag, 0, buffers, cancellationToken);

    /// <summary>
    /// Stores an object in one request and returns when the server has confirmed it, with its checksum where the server has
    /// one. Replaces atomically what is there, unless the condition says otherwise.
    /// </summary>
    /// <returns>The object stored. AlreadyExists when the condition was not met.</returns>
    ValueTask<StorageResult<ObjectInfo>> PutAsync(
        string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken);

    /// <summary>Copies an object of any size inside the store; an object at the destination is replaced. NotFound.</summary>
    ValueTask<StorageResult<ObjectInfo>> CopyAsync(string sourceKey, string destinationKey, CancellationToken cancellationToken);

    /// <summary>Deletes objects, any number; those that do not exist count as deleted. The first error, if any failed.</summary>
    ValueTask<StorageResult<Done>> DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);

    /// <summary>Starts an upload in parts. Nothing is visible under the key until it is completed.</summary>
    ValueTask<StorageResult<IObjectUpload>> StartUploadAsync(string key, CancellationToken cancellationToken);

    /// <summary>Uploads below a prefix that were started, by anybody, and neither completed nor aborted; empty where the store forgets them by itself.</summary>
    ValueTask<StorageResult<IReadOnlyList<UnfinishedUpload>>> ListUploadsAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Aborts one of <see cref="ListUploadsAsync"/> and frees its parts; one that is gone counts as aborted.</summary>
    ValueTask<StorageResult<Done>> AbortUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken);

    /// <summary>
    /// Makes ready for writing below a key: creates the bucket where the scheme is to create buckets (ceph), does nothing
    /// elsewhere. A bucket that is missing or forbidden is an error that says what to do.
    /// </summary>
    ValueTask<StorageResult<Done>> PrepareAsync(string key, CancellationToken cancellationToken);

    /// <summary>Closes connections and forgets credentials; the store can be used again afterwards.</summary>
    ValueTask CloseAsync(CancellationToken cancellationToken);
}
