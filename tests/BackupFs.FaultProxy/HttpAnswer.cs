using System.Globalization;
using System.Text;

namespace BackupFs.FaultProxy;

/// <summary>A response that the proxy makes up; the server does not see the request.</summary>
/// <param name="Status">For example 503.</param>
/// <param name="Body">Its text.</param>
/// <param name="AfterBodyBytes">Bytes of the request's body that are read before: 0 for none, <see cref="WholeBody"/> for all.</param>
public sealed record HttpAnswer(int Status, string Body = "", long AfterBodyBytes = HttpAnswer.WholeBody)
{
    /// <summary>The answer comes when the whole request was read.</summary>
    public const long WholeBody = long.MaxValue;

    /// <summary>Of the body.</summary>
    public string ContentType { get; init; } = "application/xml";

    /// <summary>Further lines of the head, for example <c>Retry-After: 1</c>.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>What S3 says to those who ask too often.</summary>
    public static HttpAnswer SlowDown { get; } = S3Error(503, "SlowDown", "Please reduce your request rate.");

    /// <summary>An error as S3 tells it.</summary>
    public static HttpAnswer S3Error(int status, string code, string message) => new(
        status,
        $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message><RequestId>0</RequestId></Error>");

    /// <summary>The bytes on the line.</summary>
    internal byte[] ToBytes(string method, bool closes)
    {
        var body = Encoding.UTF8.GetBytes(Body);
        var head = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {Status} Injected\r\nContent-Type: {ContentType}\r\nContent-Length: {body.Length}\r\n");
        foreach (var header in Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{header}\r\n");
        }

        head.Append(closes ? "Connection: close\r\n\r\n" : "\r\n");
        return [.. Encoding.Latin1.GetBytes(head.ToString()), .. method == "HEAD" ? [] : body];
    }
}
