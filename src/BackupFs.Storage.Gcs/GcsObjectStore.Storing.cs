using System.Buffers;
using System.Text;
using System.Text.Json;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Gcs;

public sealed partial class GcsObjectStore
{
    /// <inheritdoc/>
    /// <remarks>A multipart upload: the description with the checksum comes first, so the server stores nothing that does not have it.</remarks>
    public async ValueTask<StorageResult<ObjectInfo>> PutAsync(
        string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (GcsErrors.CheckName(Root.Add(key)) is { } invalid)
        {
            return invalid;
        }

        var checksum = Crc32C.ToText(Crc32C.Append(0, body));
        var request = new Request("storing", key);
        var query = $"uploadType=multipart&fields={GcsObject.Fields}{Condition(condition)}";
        var boundary = Guid.NewGuid().ToString("n");
        var before = Encoding.UTF8.GetBytes(
            $"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{Description(key, checksum)}\r\n"
            + $"--{boundary}\r\nContent-Type: application/octet-stream\r\n\r\n");
        var after = Encoding.UTF8.GetBytes($"\r\n--{boundary}--\r\n");
        var stored = await Retry.RunAsync(
            async tried =>
            {
                var result = await TryAsync<GcsObject>(
                    request,
                    (connection, deadline) => new HttpRequestMessage(HttpMethod.Post, connection.Upload(query))
                    {
                        Content = new GcsBody(before, body, after, $"multipart/related; boundary={boundary}", deadline),
                    },
                    ReadObjectAsync,
                    cancellationToken).ConfigureAwait(false);

                // The answer to an earlier try may have been lost, and this one found what that one stored.
                return tried > 0 && result.Error?.Kind == StorageErrorKind.AlreadyExists
                    && await FindAsync(key, cancellationToken).ConfigureAwait(false) is { IsOk: true, Value: var found }
                    && found.Size == body.Length && found.Crc32C == checksum ? found : result;
            },
            cancellationToken).ConfigureAwait(false);
        return stored.IsOk
            ? await CheckAsync(request, stored.Value, key, body.Length, checksum, cancellationToken).ConfigureAwait(false)
            : stored.Error;
    }

    /// <inheritdoc/>
    public async ValueTask<StorageResult<IObjectUpload>> StartUploadAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (GcsErrors.CheckName(Root.Add(key)) is { } invalid)
        {
            return invalid;
        }

        var request = new Request("starting the upload of", key);
        var started = await Retry.RunAsync(
            _ => TryAsync<Uri>(
                request,
                (connection, deadline) =>
                {
                    var message = new HttpRequestMessage(HttpMethod.Post, connection.Upload($"uploadType=resumable&fields={GcsObject.Fields}"))
                    {
                        Content = new StringContent(Description(key, null), Encoding.UTF8, "application/json"),
                    };
                    message.Headers.Add("X-Upload-Content-Type", "application/octet-stream");
                    return message;
                },
                (answer, _) => new(answer.Headers.Location is { IsAbsoluteUri: true } session
                    ? session
                    : GcsErrors.Unexpected(request.ToString(), "the answer has no address to upload to")),
                cancellationToken),
            cancellationToken).ConfigureAwait(false);
        return started.IsOk ? new GcsUpload(this, key, started.Value) : started.Error;
    }

    /// <summary>
    /// What was stored, if it is what was sent. Otherwise it is deleted again: the server was told the checksum and should have
    /// refused, so this is rare, and nobody should read it.
    /// </summary>
    internal async ValueTask<StorageResult<ObjectInfo>> CheckAsync(
        Request request, GcsObject stored, string key, long size, string checksum, CancellationToken cancellationToken)
    {
        if (stored.Size == size && stored.Crc32C == checksum)
        {
            return stored.ToInfo(Root);
        }

        await DeleteAsync(key, $"?{Generation(stored.Generation)}", cancellationToken).ConfigureAwait(false);
        return GcsErrors.Corrupt(request.ToString());
    }

    private string Description(string key, string? checksum)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("name", Root.Add(key));
            if (checksum is not null)
            {
                json.WriteString("crc32c", checksum);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string Condition(PutCondition condition) =>
        condition.IfAbsent ? "&ifGenerationMatch=0"
        : condition.IfTag is { } tag ? $"&{Generation(tag)}"
        : "";
}
