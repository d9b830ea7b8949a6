using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Gcs;

/// <summary>A body of a request, sent straight from the memory it is in; each piece that is sent moves the deadline.</summary>
internal sealed class GcsBody : HttpContent
{
    private const int Piece = 256 << 10;

    private readonly ReadOnlyMemory<byte> _before;
    private readonly ReadOnlySequence<byte> _body;
    private readonly ReadOnlyMemory<byte> _after;
    private readonly TransferDeadline _deadline;

    /// <param name="before">Sent first.</param>
    /// <param name="body">The content.</param>
    /// <param name="after">Sent last.</param>
    /// <param name="type">The media type.</param>
    /// <param name="deadline">Of the request.</param>
    internal GcsBody(
        ReadOnlyMemory<byte> before, ReadOnlySequence<byte> body, ReadOnlyMemory<byte> after, string type, TransferDeadline deadline)
    {
        (_before, _body, _after, _deadline) = (before, body, after, deadline);
        Headers.ContentType = MediaTypeHeaderValue.Parse(type);
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(_before, cancellationToken).ConfigureAwait(false);
        foreach (var segment in _body)
        {
            for (var rest = segment; !rest.IsEmpty; rest = rest[Math.Min(Piece, rest.Length)..])
            {
                await stream.WriteAsync(rest[..Math.Min(Piece, rest.Length)], cancellationToken).ConfigureAwait(false);
                _deadline.Extend();
            }
        }

        await stream.WriteAsync(_after, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _before.Length + _body.Length + _after.Length;
        return true;
    }
}
