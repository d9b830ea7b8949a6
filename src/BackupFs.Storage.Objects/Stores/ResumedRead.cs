namespace BackupFs.Storage.Objects;

/// <summary>A read that goes on where it broke. Not thread-safe.</summary>
public sealed class ResumedRead
{
    /// <summary>A try that brought as much as this does not count as failed: it was the connection, not the server.</summary>
    private const int WorthATry = 256 << 10;

    private ResumedRead(string? tag) => Tag = tag;

    /// <summary>The version that is read; a request sets it from its answer, so that two versions are never mixed. Null: any.</summary>
    public string? Tag { get; set; }

    /// <summary>How much of the buffer is filled; a request adds what it has read, also if it fails afterwards.</summary>
    public int Filled { get; set; }

    /// <summary>Runs requests until the buffer is filled, the object ends, or nothing helps.</summary>
    /// <param name="tag">The version wanted; null for any.</param>
    /// <param name="retry">When to try again.</param>
    /// <param name="request">Reads what is not there yet; its success means that nothing is left to read.</param>
    /// <param name="cancellationToken">Cancels the waits; the request has its own.</param>
    /// <returns>The bytes read.</returns>
    public static async ValueTask<StorageResult<int>> RunAsync(
        string? tag, RequestRetry retry, Func<ResumedRead, ValueTask<StorageResult<Done>>> request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(retry);
        ArgumentNullException.ThrowIfNull(request);
        var read = new ResumedRead(tag);
        for (var tried = 0; ; tried++)
        {
            var before = read.Filled;
            var result = await request(read).ConfigureAwait(false);
            if (result.IsOk)
            {
                return read.Filled;
            }

            if (read.Filled - before >= WorthATry)
            {
                tried = 0;
            }

            if (result.Error.Kind == StorageErrorKind.Corrupt && tag is null && read.Tag is not null)
            {
                // Replaced while it was read, by somebody who was free to: the new version from its start.
                (read.Tag, read.Filled) = (null, 0);
            }
            else if (!result.Error.IsTransient)
            {
                return result.Error;
            }

            if (!retry.Allows(tried))
            {
                return result.Error;
            }

            await retry.WaitAsync(tried, cancellationToken).ConfigureAwait(false);
        }
    }
}
