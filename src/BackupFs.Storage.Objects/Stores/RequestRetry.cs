using System.Security.Cryptography;

namespace BackupFs.Storage.Objects;

/// <summary>
/// Tries a request again that failed with a transient error: after 250 ms, 500 ms, 1 s… up to 8 s, each shortened by chance
/// by up to a half, so that many clients do not come back at the same moment. Immutable, thread-safe.
/// </summary>
/// <param name="retries">Tries after the first one.</param>
/// <param name="time">The clock.</param>
/// <param name="chance">A number in 0..1, not 1 itself; null for real chance.</param>
public sealed class RequestRetry(int retries, TimeProvider time, Func<double>? chance = null)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);
    private readonly Func<double> _chance = chance ?? (() => RandomNumberGenerator.GetInt32(1 << 20) / (double)(1 << 20));

    /// <summary>Runs a request until it succeeds, fails for good, or was tried often enough.</summary>
    /// <param name="request">Told how many tries were before.</param>
    /// <param name="cancellationToken">Cancels the waits; the request has its own.</param>
    public async ValueTask<StorageResult<T>> RunAsync<T>(
        Func<int, ValueTask<StorageResult<T>>> request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        for (var tried = 0; ; tried++)
        {
            var result = await request(tried).ConfigureAwait(false);
            if (result.IsOk || !result.Error.IsTransient || tried >= retries)
            {
                return result;
            }

            await WaitAsync(tried, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether a further try is allowed after so many.</summary>
    public bool Allows(int tried) => tried < retries;

    /// <summary>Waits before a further try.</summary>
    /// <param name="tried">How many tries failed before the last one, 0 or more.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public Task WaitAsync(int tried, CancellationToken cancellationToken) =>
        Task.Delay(Delay(tried), time, cancellationToken);

    private TimeSpan Delay(int tried)
    {
        var longest = tried < 6 ? First * (1 << tried) : Longest;
        return (longest < Longest ? longest : Longest) * (1 - (_chance() / 2));
    }
}
