using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace BackupFs.FaultProxy;

/// <summary>Reads the body of a message, with its framing (RFC 9112, sections 6 and 7).</summary>
internal static class HttpBody
{
    private const long WithoutLength = long.MaxValue;
    private static readonly byte[] LineEnd = "\r\n"u8.ToArray();

    /// <summary>Whether a response's body ends with its connection.</summary>
    internal static bool EndsWithConnection(HttpHead response, string method) =>
        HasBody(response, method) && !response.IsChunked && response.ContentLength is null;

    /// <summary>The body of a request.</summary>
    internal static IAsyncEnumerable<HttpPiece> ReadRequestAsync(ByteSource source, HttpHead head, CancellationToken cancellationToken) =>
        head.IsChunked ? ReadChunksAsync(source, cancellationToken) : ReadLengthAsync(source, head.ContentLength ?? 0, cancellationToken);

    /// <summary>The body of a final response to a request with <paramref name="method"/>.</summary>
    internal static IAsyncEnumerable<HttpPiece> ReadResponseAsync(
        ByteSource source, HttpHead head, string method, CancellationToken cancellationToken) =>
        !HasBody(head, method) ? ReadLengthAsync(source, 0, cancellationToken)
        : head.IsChunked ? ReadChunksAsync(source, cancellationToken)
        : ReadLengthAsync(source, head.ContentLength ?? WithoutLength, cancellationToken);

    private static bool HasBody(HttpHead response, string method) =>
        method != "HEAD" && response.Status is not (204 or 304) && response.Status >= 200;

    private static async IAsyncEnumerable<HttpPiece> ReadLengthAsync(
        ByteSource source, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        while (length > 0)
        {
            var wanted = (int)Math.Min(length, buffer.Length);
            var read = await source.ReadAsync(buffer.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                // Without a length, this is the end; with one, the other side must learn that it is not.
                if (length == WithoutLength)
                {
                    yield break;
                }

                throw new IOException("the body ended early");
            }

            length -= length == WithoutLength ? 0 : read;
            yield return new HttpPiece(buffer.AsMemory(0, read), IsPayload: true);
        }
    }

    private static async IAsyncEnumerable<HttpPiece> ReadChunksAsync(
        ByteSource source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var line = await ReadLineAsync(source, cancellationToken).ConfigureAwait(false);
            yield return new HttpPiece(line, IsPayload: false);
            var digits = Encoding.Latin1.GetString(line).Split(';')[0].Trim();
            var length = long.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (length == 0)
            {
                break;
            }

            await foreach (var piece in ReadLengthAsync(source, length, cancellationToken).ConfigureAwait(false))
            {
                yield return piece;
            }

            yield return new HttpPiece(await ReadLineAsync(source, cancellationToken).ConfigureAwait(false), IsPayload: false);
        }

        // Trailers, up to an empty line.
        byte[] trailer;
        do
        {
            trailer = await ReadLineAsync(source, cancellationToken).ConfigureAwait(false);
            yield return new HttpPiece(trailer, IsPayload: false);
        }
        while (trailer.Length > LineEnd.Length);
    }

    private static async ValueTask<byte[]> ReadLineAsync(ByteSource source, CancellationToken cancellationToken) =>
        await source.ReadThroughAsync(LineEnd, cancellationToken).ConfigureAwait(false)
        ?? throw new IOException("the body ended early");
}
