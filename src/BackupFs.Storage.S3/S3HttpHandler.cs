using System.Net;
using System.Text;

namespace BackupFs.Storage.S3;

/// <summary>What the SDK leaves to do on the way to the server and back. Thread-safe.</summary>
/// <remarks>
/// The SDK parses answers synchronously from the network, where no token and no deadline reach: a server that stalls in the
/// middle of one would hold a thread for ever. So all answers but the content of objects are read completely here.
/// </remarks>
internal sealed class S3HttpHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>A page of 1000 keys of 1024 bytes, percent-encoded in XML, has less.</summary>
    private const int LargestAnswer = 32 << 20;

    /// <summary>From this size of a body on it is worth a round trip to hear first whether the server wants it; in bytes.</summary>
    private const long LargeBody = 1 << 20;

    /// <remarks>Source: Amazon S3 API Reference, "HeadBucket".</remarks>
    private const string BucketRegion = "x-amz-bucket-region";

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content?.Headers.ContentLength < LargeBody)
        {
            request.Headers.ExpectContinue = false;
        }

        await AddContentMd5Async(request, cancellationToken).ConfigureAwait(false);
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            var call = S3Call.Current;
            if (call is not null)
            {
                call.ServerTime = response.Headers.Date;
                call.BucketRegion = response.Headers.TryGetValues(BucketRegion, out var regions) ? regions.First() : null;
                call.Deadline.Extend();
            }

            if (call is not { ReadsContent: true } || !response.IsSuccessStatusCode)
            {
                await BufferAsync(response, call, cancellationToken).ConfigureAwait(false);
            }

            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>DeleteObjects needs an integrity header, and only this one is known to every server.</summary>
    private static async ValueTask AddContentMd5Async(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method == HttpMethod.Post && request.Content is { Headers.ContentMD5: null } content
            && request.RequestUri?.Query.StartsWith("?delete", StringComparison.Ordinal) == true)
        {
            content.Headers.ContentMD5 = Md5.Of((await content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false)).AsSpan());
        }
    }

    /// <summary>The region that an error names because the signature is for another one; null if it names none.</summary>
    private static string? RegionIn(ReadOnlySpan<byte> error)
    {
        var begin = error.IndexOf("<Region>"u8);
        var rest = begin < 0 ? [] : error[(begin + "<Region>".Length)..];
        var end = rest.IndexOf("</Region>"u8);
        return end > 0 ? Encoding.UTF8.GetString(rest[..end]) : null;
    }

    /// <summary>Reads an answer to its end; a server that is busy with a long task keeps it alive with blanks.</summary>
    private static async ValueTask BufferAsync(HttpResponseMessage response, S3Call? call, CancellationToken cancellationToken)
    {
        var body = new MemoryStream();
        await using (var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false))
        {
            var buffer = new byte[8192];
            int count;
            while ((count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                call?.Deadline.Extend();
                if (body.Length + count > LargestAnswer)
                {
                    throw new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded, $"the answer has more than {LargestAnswer} bytes");
                }

                body.Write(buffer, 0, count);
            }
        }

        if (response.StatusCode == HttpStatusCode.BadRequest && call is { BucketRegion: null })
        {
            call.BucketRegion = RegionIn(body.GetBuffer().AsSpan(0, (int)body.Length));
        }

        body.Position = 0;
        var content = new StreamContent(body);
        foreach (var (name, values) in response.Content.Headers)
        {
            content.Headers.TryAddWithoutValidation(name, values);
        }

        response.Content = content;
    }
}
