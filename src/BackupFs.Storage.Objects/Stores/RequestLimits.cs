namespace BackupFs.Storage.Objects;

/// <summary>How long requests to a store may take, and how often one is tried.</summary>
/// <param name="Timeout">The longest time in which nothing moves: until an answer begins, and between two pieces of a body. More than zero.</param>
/// <param name="ConnectTimeout">The longest time until a connection is there. More than zero.</param>
/// <param name="Retries">Tries after the first one, 0 or more.</param>
public sealed record RequestLimits(TimeSpan Timeout, TimeSpan ConnectTimeout, int Retries)
{
    /// <summary>The slowest copy inside a store that is not given up, in bytes a second.</summary>
    public const long SlowestCopy = 8 << 20;

    /// <summary>60 s, 5 s to connect, 5 retries.</summary>
    public static RequestLimits Default { get; } = new(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5), 5);

    /// <summary>The limits that the parameters <c>timeout</c>, <c>connect-timeout</c> and <c>retries</c> of a location set.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    public static RequestLimits Of(LocationParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new RequestLimits(
            parameters.Duration("timeout", Default.Timeout),
            parameters.Duration("connect-timeout", Default.ConnectTimeout),
            parameters.Count("retries", Default.Retries, 100));
    }

    /// <summary>The deadline of one try of a request.</summary>
    /// <param name="copied">Bytes that the server copies meanwhile without a sign of life; else 0.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public TransferDeadline Start(long copied, TimeProvider time, CancellationToken cancellationToken) =>
        new(Timeout + TimeSpan.FromSeconds(copied / (double)SlowestCopy), time, cancellationToken);
}
