using System.Net;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Gcs;

public sealed partial class GcsObjectStore
{
    private const int LongestErrorBody = 64 << 10;

    /// <summary>Runs a request without a body, with retries.</summary>
    internal ValueTask<StorageResult<T>> DoAsync<T>(
        Request request,
        Func<GcsConnection, HttpRequestMessage> make,
        Func<HttpResponseMessage, TransferDeadline, ValueTask<StorageResult<T>>> receive,
        CancellationToken cancellationToken) =>
        Retry.RunAsync(_ => TryAsync(request, (connection, _) => make(connection), receive, cancellationToken), cancellationToken);

    /// <summary>Runs a request once.</summary>
    /// <param name="request">What it is.</param>
    /// <param name="make">Makes the message; a body moves the deadline.</param>
    /// <param name="receive">Takes an answer that is a success, or has the status that is accepted besides.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <param name="accepted">A further status that is no error here.</param>
    /// <param name="anonymous">Whether the address is the secret, and no credentials are sent.</param>
    internal async ValueTask<StorageResult<T>> TryAsync<T>(
        Request request,
        Func<GcsConnection, TransferDeadline, HttpRequestMessage> make,
        Func<HttpResponseMessage, TransferDeadline, ValueTask<StorageResult<T>>> receive,
        CancellationToken cancellationToken,
        HttpStatusCode accepted = HttpStatusCode.OK,
        bool anonymous = false)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = _options.Limits.Start(0, _time, cancellationToken);
        StorageError error;
        try
        {
            var connection = Connect();
            using var message = make(connection, deadline);
            using var answer = await (anonymous
                ? connection.SendAnonymouslyAsync(message, deadline.Token)
                : connection.SendAsync(message, deadline.Token)).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode || answer.StatusCode == accepted)
            {
                return await receive(answer, deadline).ConfigureAwait(false);
            }

            var body = await ReadErrorAsync(answer, deadline.Token).ConfigureAwait(false);
            error = GcsErrors.Map(answer.StatusCode, body, request.ToString(), request.Unmet);
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            error = GcsErrors.Map(exception, deadline.IsExpired, request.ToString());
        }

        if (error.IsTransient)
        {
            GcsStoreLog.Failed(_logger, error.Message);
        }

        return error;
    }

    private GcsConnection Connect()
    {
        lock (_gate)
        {
            return _connection ??= new GcsConnection(_options);
        }
    }

    private static async Task<byte[]> ReadErrorAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var stream = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var body = new byte[LongestErrorBody];
        var count = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return body[..count];
    }

    /// <summary>What a request is, for its deadline and for messages.</summary>
    /// <param name="Verb">For example <c>reading</c>.</param>
    /// <param name="Key">The key or prefix.</param>
    /// <param name="Unmet">What an unmet condition means.</param>
    internal readonly record struct Request(string Verb, string Key, StorageErrorKind Unmet = StorageErrorKind.AlreadyExists)
    {
        /// <inheritdoc/>
        public override string ToString() => $"{Verb} '{BackupPath.Printable(Key)}'";
    }
}
