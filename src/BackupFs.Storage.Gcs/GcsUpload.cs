using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Gcs;

/// <summary>
/// A resumable upload: parts are sent one after another to a session, which tells how much of them it has. Not thread-safe,
/// as <see cref="ObjectStoreLimits.PartsInOrder"/> says.
/// </summary>
/// <remarks>
/// <para>Protocol: Cloud Storage, "Resumable uploads". A request that names the total size makes the object. So the end of the last
/// part, what is no multiple of 256 KiB, is kept here until <see cref="CompleteAsync"/> sends it with the total size:
/// before, nothing is visible.</para>
/// <para>After a broken request or a lost answer the session is asked what it has, and what is missing is sent.</para>
/// </remarks>
/// <param name="store">The store.</param>
/// <param name="key">The key it will have.</param>
/// <param name="session">The session's address, which is a secret: whoever has it can upload.</param>
internal sealed class GcsUpload(GcsObjectStore store, string key, Uri session) : IObjectUpload
{
    private const HttpStatusCode ResumeIncomplete = (HttpStatusCode)308;
    private const int ClientClosedRequest = 499;

    private byte[]? _rest;
    private int _restLength;
    private long _sent;
    private uint _checksum;
    private int _parts;
    private bool _lastPart;
    private bool _unsure;
    private bool _ended;
    private ObjectInfo? _completed;

    /// <inheritdoc/>
    public string Key => key;

    /// <inheritdoc/>
    public async ValueTask<StorageResult<Done>> UploadPartAsync(
        int number, ReadOnlySequence<byte> body, bool isLast, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_ended)
        {
            return Ended();
        }

        if (number != _parts + 1 || _lastPart || (!isLast && body.Length % GcsObjectStore.PartSizeMultiple != 0))
        {
            return new StorageError(
                StorageErrorKind.InvalidArgument,
                $"part {number.ToString(CultureInfo.InvariantCulture)} of '{BackupPath.Printable(key)}' with {body.Length} bytes cannot follow part {_parts}");
        }

        var whole = body.Length / GcsObjectStore.PartSizeMultiple * GcsObjectStore.PartSizeMultiple;
        if (whole > 0)
        {
            var sent = await SendAsync("uploading a part of", body.Slice(0, whole), null, cancellationToken).ConfigureAwait(false);
            if (!sent.IsOk)
            {
                return sent.Error;
            }
        }

        if (whole < body.Length)
        {
            _restLength = (int)(body.Length - whole);
            _rest = ArrayPool<byte>.Shared.Rent(_restLength);
            body.Slice(whole).CopyTo(_rest);
        }

        _checksum = Crc32C.Append(_checksum, body);
        (_sent, _parts, _lastPart) = (_sent + whole, number, isLast);
        return Done.Ok;
    }

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> CopyPartAsync(
        int number, string sourceKey, string tag, long offset, long length, CancellationToken cancellationToken) => new(StorageError.Unsupported);

    /// <inheritdoc/>
    public async ValueTask<StorageResult<ObjectInfo>> CompleteAsync(int parts, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_completed is not null)
        {
            return _completed;
        }

        if (_ended)
        {
            return Ended();
        }

        if (parts != _parts || parts == 0)
        {
            return new StorageError(
                StorageErrorKind.InvalidArgument, $"{_parts} parts of '{BackupPath.Printable(key)}' were uploaded, not {parts.ToString(CultureInfo.InvariantCulture)}");
        }

        var total = _sent + _restLength;
        var rest = new ReadOnlySequence<byte>(_rest.AsMemory(0, _restLength));
        var made = await SendAsync("completing the upload of", rest, total, cancellationToken).ConfigureAwait(false);
        if (!made.IsOk)
        {
            return made.Error;
        }

        End();
        if (made.Value is not { } stored)
        {
            return GcsErrors.Unexpected(Describe("completing the upload of"), "the answer does not say what was stored");
        }

        var result = await store.CheckAsync(
            new GcsObjectStore.Request("completing the upload of", key), stored, key, total, Crc32C.ToText(_checksum), cancellationToken).ConfigureAwait(false);
        _completed = result.IsOk ? result.Value : null;
        return result;
    }

    /// <inheritdoc/>
    public async ValueTask<StorageResult<Done>> AbortAsync(CancellationToken cancellationToken)
    {
        if (_ended)
        {
            return Done.Ok;
        }

        End();
        return await store.Retry.RunAsync(
            _ => store.TryAsync<Done>(
                new GcsObjectStore.Request("aborting the upload of", key),
                (_, _) => new HttpRequestMessage(HttpMethod.Delete, session) { Content = new ByteArrayContent([]) },
                (_, _) => new(Done.Ok),
                cancellationToken,
                accepted: (HttpStatusCode)ClientClosedRequest,
                anonymous: true),
            cancellationToken).ConfigureAwait(false) is { IsOk: false, Error: { } error } && error != StorageError.NotFound
            ? error
            : Done.Ok;
    }

    /// <summary>Sends bytes that follow what was sent, until the session has them all.</summary>
    /// <param name="verb">For messages.</param>
    /// <param name="body">The bytes.</param>
    /// <param name="total">Makes the object, which has this size; null: more follows.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>The object, if it was made.</returns>
    private async ValueTask<StorageResult<GcsObject?>> SendAsync(
        string verb, ReadOnlySequence<byte> body, long? total, CancellationToken cancellationToken)
    {
        var (start, end) = (_sent, _sent + body.Length);
        var from = start;
        for (var tried = 0; ; tried++)
        {
            // Whatever happens to a request, an exception included: afterwards the session has to be asked.
            var (before, ask) = (from, _unsure);
            _unsure = true;
            var answered = ask
                ? await AskAsync(verb, cancellationToken).ConfigureAwait(false)
                : await SendOnceAsync(verb, body.Slice(from - start), from, end, total, cancellationToken).ConfigureAwait(false);
            if (answered.IsOk)
            {
                _unsure = false;
                if (answered.Value.Object is { } made)
                {
                    return total is null ? GcsErrors.Unexpected(Describe(verb), "the object was made before its end was sent") : made;
                }

                from = answered.Value.Has;
                if (from < start || from > end)
                {
                    return GcsErrors.Unexpected(Describe(verb), $"the server has {from} bytes, and should have {start} to {end}");
                }

                if (from == end && total is null)
                {
                    return new StorageResult<GcsObject?>((GcsObject?)null);
                }

                if (ask || from > before)
                {
                    // It goes on: send the rest at once. What was asked is not a try of its own.
                    tried = from > before ? -1 : tried - 1;
                    continue;
                }
            }
            else if (!answered.Error.IsTransient)
            {
                return answered.Error.Kind == StorageErrorKind.NotFound
                    ? GcsErrors.Unexpected(Describe(verb), "the server has forgotten the upload")
                    : answered.Error;
            }

            _unsure = true;
            if (!store.Retry.Allows(tried))
            {
                return answered.Error ?? GcsErrors.Broken(Describe(verb));
            }

            await store.Retry.WaitAsync(tried, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks the session what it has.</summary>
    private ValueTask<StorageResult<(GcsObject? Object, long Has)>> AskAsync(string verb, CancellationToken cancellationToken) =>
        store.TryAsync(
            new GcsObjectStore.Request(verb, key),
            (_, _) =>
            {
                var message = new HttpRequestMessage(HttpMethod.Put, session) { Content = new ByteArrayContent([]) };
                message.Content.Headers.TryAddWithoutValidation("Content-Range", "bytes */*");
                return message;
            },
            (answer, deadline) => ReceiveAsync(verb, answer, deadline),
            cancellationToken,
            ResumeIncomplete,
            anonymous: true);

    private ValueTask<StorageResult<(GcsObject? Object, long Has)>> SendOnceAsync(
        string verb, ReadOnlySequence<byte> body, long from, long end, long? total, CancellationToken cancellationToken) =>
        store.TryAsync(
            new GcsObjectStore.Request(verb, key),
            (_, deadline) =>
            {
                var message = new HttpRequestMessage(HttpMethod.Put, session)
                {
                    Content = new GcsBody(default, body, default, "application/octet-stream", deadline),
                };
                var size = total?.ToString(CultureInfo.InvariantCulture) ?? "*";
                message.Content.Headers.TryAddWithoutValidation(
                    "Content-Range", body.IsEmpty ? $"bytes */{size}" : string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{end - 1}/{size}"));
                if (total is not null)
                {
                    message.Headers.Add("x-goog-hash", $"crc32c={Crc32C.ToText(_checksum)}");
                }

                return message;
            },
            (answer, deadline) => ReceiveAsync(verb, answer, deadline),
            cancellationToken,
            ResumeIncomplete,
            anonymous: true);

    /// <summary>Reads what the session says: the object, or <c>Range: bytes=0-N</c>, where no such header means that it has nothing.</summary>
    private async ValueTask<StorageResult<(GcsObject? Object, long Has)>> ReceiveAsync(string verb, HttpResponseMessage answer, TransferDeadline deadline)
    {
        if (answer.StatusCode != ResumeIncomplete)
        {
            var made = await GcsObjectStore.ReadObjectAsync(answer, deadline).ConfigureAwait(false);
            return made.IsOk ? (made.Value, made.Value.Size) : made.Error;
        }

        if (!answer.Headers.TryGetValues("Range", out var ranges))
        {
            return (null, 0L);
        }

        return RangeHeaderValue.TryParse(ranges.First(), out var range) && range.Ranges is { Count: 1 } list && list.First() is { From: 0, To: { } last }
            ? (null, last + 1)
            : GcsErrors.Unexpected(Describe(verb), "the answer does not say what the server has");
    }

    private string Describe(string verb) => new GcsObjectStore.Request(verb, key).ToString();

    private StorageError Ended() => new(StorageErrorKind.InvalidArgument, $"the upload of '{BackupPath.Printable(key)}' has ended");

    private void End()
    {
        _ended = true;
        if (_rest is not null)
        {
            ArrayPool<byte>.Shared.Return(_rest);
            _rest = null;
        }
    }
}
