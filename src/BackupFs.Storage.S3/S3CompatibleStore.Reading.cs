using System.Net;
using System.Net.Http.Headers;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace BackupFs.Storage.S3;

internal abstract partial class S3CompatibleStore
{
    /// <summary>A try that brought this much does not count: a long read over a bad line gets to its end.</summary>
    private const int WorthwhileProgress = 1 << 20;

    /// <inheritdoc/>
    public ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        ReadAsync(key, tag, offset, [buffer], cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken) =>
        ReadAsync(key, tag, new PartialRead(offset, buffers) { Version = tag }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<int>> ReadWholeAsync(
        string key, string? tag, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken) =>
        ReadAsync(key, tag, new PartialRead(0, buffers) { Version = tag, IsWhole = true }, cancellationToken);

    private async ValueTask<StorageResult<int>> ReadAsync(string key, string? tag, PartialRead read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var subject = new S3Subject("reading", BucketOf(key), key);
        if (read.Length == 0)
        {
            return 0;
        }

        if (!S3BucketName.IsValid(subject.Bucket))
        {
            return StorageError.NotFound;
        }

        while (true)
        {
            var before = read.Filled;
            var result = await Requests.SendAsync<int>(
                subject, (client, call, _) => ContinueAsync(client, call, subject, tag, read), cancellationToken).ConfigureAwait(false);
            if (result.IsOk || !result.Error.IsTransient || read.Filled - before < WorthwhileProgress)
            {
                return result;
            }
        }
    }

    /// <summary>Reads from where the try before stopped.</summary>
    private async Task<StorageResult<int>> ContinueAsync(IAmazonS3 client, S3Call call, S3Subject subject, string? tag, PartialRead read)
    {
        var start = read.Offset + read.Filled;
        var request = new GetObjectRequest
        {
            BucketName = subject.Bucket,
            Key = ToStored(subject.Key),
            ByteRange = new ByteRange(start, start + (read.Length - read.Filled) - 1),
            EtagToMatch = read.Version is { } version ? Quoted(version) : null,
        };
        Encrypt(request);
        (call.ReadsContent, call.ReadsWhole) = (true, read.IsWhole && start == 0);
        GetObjectResponse response;
        try
        {
            response = await client.GetObjectAsync(request, call.Deadline.Token).ConfigureAwait(false);
        }
        catch (AmazonServiceException exception) when (S3Errors.IsPastEnd(exception))
        {
            return read.Filled;
        }
        catch (AmazonServiceException exception) when (S3Errors.IsConditionFailed(exception))
        {
            if (tag is not null)
            {
                return AnotherVersion(subject.Key);
            }

            // It was replaced between two tries, and any version will do: from the start.
            (read.Filled, read.Version) = (0, null);
            return new StorageError(StorageErrorKind.Unavailable, $"{subject}: it changed while it was read", IsTransient: true);
        }

        using (response)
        {
            read.Version ??= Tag(response.ETag);
            if (call.ReadsWhole && response.ContentLength <= 0)
            {
                // In pieces without a length, or empty: the answer with a range tells.
                read.IsWhole = false;
                return await ContinueAsync(client, call, subject, tag, read).ConfigureAwait(false);
            }

            if (!TryGetEnd(response, start, out var end))
            {
                return new StorageError(StorageErrorKind.Unsupported, $"{subject}: the server does not read parts of objects");
            }

            var wanted = (int)Math.Min(read.Length, end - read.Offset);
            while (read.Filled < wanted)
            {
                var count = await response.ResponseStream.ReadAsync(read.Next(wanted), call.Deadline.Token).ConfigureAwait(false);
                if (count == 0)
                {
                    throw new HttpIOException(HttpRequestError.ResponseEnded);
                }

                read.Filled += count;
                call.Deadline.Extend();
            }

            return read.Filled;
        }
    }

    /// <summary>Where the object ends, from an answer that begins at <paramref name="start"/>; false if it begins elsewhere.</summary>
    private static bool TryGetEnd(GetObjectResponse response, long start, out long end)
    {
        if (ContentRangeHeaderValue.TryParse(response.ContentRange, out var range) && range.Length is { } length)
        {
            end = length;
            return range.From == start;
        }

        end = response.ContentLength;
        return start == 0 && response.HttpStatusCode == HttpStatusCode.OK;
    }

    private static StorageError AnotherVersion(string key) =>
        new(StorageErrorKind.Corrupt, $"'{BackupPath.Printable(key)}' was replaced in the store by something else");

    /// <summary>How far a read has come.</summary>
    private sealed class PartialRead(long offset, IReadOnlyList<Memory<byte>> buffers)
    {
        internal long Offset => offset;

        /// <summary>Whether the buffers take the whole object.</summary>
        internal bool IsWhole { get; set; }

        /// <summary>Bytes of all buffers.</summary>
        internal int Length { get; } = buffers.Sum(buffer => buffer.Length);

        /// <summary>How many of them are there.</summary>
        internal int Filled { get; set; }

        /// <summary>The version that they are from.</summary>
        internal string? Version { get; set; }

        /// <summary>Where the next bytes belong: up to the end of a buffer, and of what is wanted.</summary>
        internal Memory<byte> Next(int wanted)
        {
            var before = 0;
            foreach (var buffer in buffers)
            {
                if (Filled < before + buffer.Length)
                {
                    var next = buffer[(Filled - before)..];
                    return next.Length <= wanted - Filled ? next : next[..(wanted - Filled)];
                }

                before += buffer.Length;
            }

            return default;
        }
    }
}
