namespace BackupFs.Storage.Objects;

/// <summary>A read that goes on where it broke. Not thread-safe.</summary>
public sealed class ResumedRead
{
    /// <summary>A try that brought as much as this does not count as failed: it was the connection, not the server.</summary>
    private const int WorthATry = 256 << 10;

    private readonly IReadOnlyList<Memory<byte>> _buffers;
    private int _full;
    private int _before;

    private ResumedRead(string? tag, IReadOnlyList<Memory<byte>> buffers)
    {
        (Tag, _buffers) = (tag, buffers);
        Length = buffers.Sum(buffer => buffer.Length);
        Skip();
    }

    /// <summary>The version that is read; a request sets it from its answer, so that two versions are never mixed. Null: any.</summary>
    public string? Tag { get; set; }

    /// <summary>Bytes of all buffers.</summary>
    public int Length { get; }

    /// <summary>How many of them are filled.</summary>
    public int Filled { get; private set; }

    /// <summary>Where the next bytes belong: the rest of a buffer, empty when all are filled.</summary>
    public Memory<byte> Next => _full < _buffers.Count ? _buffers[_full][(Filled - _before)..] : default;

    /// <summary>Bytes were put into <see cref="Next"/>; what a request has read counts, also if it fails afterwards.</summary>
    public void Add(int count)
    {
        Filled += count;
        Skip();
    }

    /// <summary>Runs requests until the buffers are filled, the object ends, or nothing helps.</summary>
    /// <param name="tag">The version wanted; null for any.</param>
    /// <param name="buffers">Filled one after another.</param>
    /// <param name="retry">When to try again.</param>
    /// <param name="request">Reads what is not there yet; its success means that nothing is left to read.</param>
    /// <param name="cancellationToken">Cancels the waits; the request has its own.</param>
    /// <returns>The bytes read.</returns>
    public static async ValueTask<StorageResult<int>> RunAsync(
        string? tag,
        IReadOnlyList<Memory<byte>> buffers,
        RequestRetry retry,
        Func<ResumedRead, ValueTask<StorageResult<Done>>> request,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        ArgumentNullException.ThrowIfNull(retry);
        ArgumentNullException.ThrowIfNull(request);
        var read = new ResumedRead(tag, buffers);
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
                (read.Tag, read.Filled, read._full, read._before) = (null, 0, 0, 0);
                read.Skip();
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

    /// <summary>Leaves buffers behind that are full.</summary>
    private void Skip()
    {
        while (_full < _buffers.Count && Filled - _before == _buffers[_full].Length)
        {
            _before += _buffers[_full++].Length;
        }
    }
}
