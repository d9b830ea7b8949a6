using BackupFs.Storage.Objects;
using Amazon.Runtime;
using Amazon.S3;
using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.S3;

/// <summary>
/// Sends requests: makes the client when it is first needed, ends what stalls, repeats what may succeed later, and turns
/// exceptions into errors. Thread-safe.
/// </summary>
internal sealed class S3Requests(S3Options options, AWSCredentials? credentials, TimeProvider time, Func<double> random, ILogger logger)
{
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(20);

    private readonly Lock _gate = new();
    private S3Connection? _connection;
    private volatile S3Options? _moved;

    /// <summary>How it is spoken to; the region is that of the bucket once it was found.</summary>
    internal S3Options Options => _moved ?? options;

    /// <summary>The clock.</summary>
    internal TimeProvider Time => time;

    /// <summary>Sends a request, again and again if need be.</summary>
    /// <param name="subject">What it is about, for messages: verb and key.</param>
    /// <param name="send">
    /// Sends it once. It is called again after errors that may pass; the number of the try is 0 for the first one. Exceptions of the SDK may leave it.
    /// </param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <param name="patience">How long nothing may move, where that is more than the configured time-out.</param>
    internal async ValueTask<StorageResult<T>> SendAsync<T>(
        S3Subject subject,
        Func<IAmazonS3, S3Call, int, Task<StorageResult<T>>> send,
        CancellationToken cancellationToken,
        TimeSpan patience = default)
    {
        var isMoved = false;
        for (var attempt = 0; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = Options;
            var (result, region) = await TryAsync(
                subject, send, attempt, before, patience > options.Limits.Timeout ? patience : options.Limits.Timeout, cancellationToken).ConfigureAwait(false);
            if (region is not null && !isMoved && MoveTo(region))
            {
                // Nothing was done yet, so that this is no repetition.
                (isMoved, attempt) = (true, attempt - 1);
                continue;
            }

            if (result.IsOk || !result.Error.IsTransient || attempt >= options.Limits.Retries)
            {
                return result;
            }

            // Full jitter: those who were turned away together must not come back together.
            var ceiling = Math.Min(LongestBackoff.Ticks, options.FirstBackoff.Ticks * (double)(1L << Math.Min(attempt, 30)));
            var pause = TimeSpan.FromTicks((long)(ceiling * random()));
            S3Log.Repeating(logger, subject.ToString(), attempt + 1, pause, result.Error.ToString());
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes all connections; the next request makes new ones. Requests under way fail and are repeated with those.</summary>
    internal void Close()
    {
        S3Connection? closed;
        lock (_gate)
        {
            (closed, _connection) = (_connection, null);
        }

        closed?.Dispose();
    }

    /// <summary>Speaks to the region of the bucket from now on; false if that is not to be found out.</summary>
    private bool MoveTo(string region)
    {
        if (!options.FindsRegion || !S3Parameters.IsRegion(region))
        {
            return false;
        }

        lock (_gate)
        {
            if (Options.Region == region)
            {
                return true;
            }

            _moved = options with { Region = region };
        }

        S3Log.RegionFound(logger, options.Bucket, region);
        Close();
        return true;
    }

    private async ValueTask<(StorageResult<T> Result, string? BucketRegion)> TryAsync<T>(
        S3Subject subject, Func<IAmazonS3, S3Call, int, Task<StorageResult<T>>> send, int attempt, S3Options spokenWith, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var deadline = new TransferDeadline(limit, time, cancellationToken);
        var call = new S3Call(deadline);
        try
        {
            // Flows into the SDK, and ends with this method, because it is asynchronous.
            S3Call.Current = call;
            return (await send(Connect().Client, call, attempt).ConfigureAwait(false), null);
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var region = S3Errors.BucketRegionOf(exception, call, spokenWith);
            return (S3Errors.ToError(exception, deadline.IsExpired, subject, spokenWith, region), region);
        }
    }

    private S3Connection Connect()
    {
        lock (_gate)
        {
            return _connection ??= new S3Connection(Options, credentials);
        }
    }
}
