using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Amazon.Runtime;
using Amazon.S3;

namespace BackupFs.Storage.S3.Tests;

public class ErrorTests
{
    private static readonly S3Subject Subject = new("storing", "the-bucket", "dir/file");

    [Theory]
    [InlineData("NoSuchKey", 404, StorageErrorKind.NotFound, false)]
    [InlineData("NotFound", 404, StorageErrorKind.NotFound, false)]
    [InlineData("NoSuchBucket", 404, StorageErrorKind.NotFound, false)]
    [InlineData("NoSuchUpload", 404, StorageErrorKind.NotFound, false)]
    [InlineData("PreconditionFailed", 412, StorageErrorKind.AlreadyExists, false)]
    [InlineData("ConditionalRequestConflict", 409, StorageErrorKind.AlreadyExists, true)]
    [InlineData("AccessDenied", 403, StorageErrorKind.AccessDenied, false)]
    [InlineData("InvalidAccessKeyId", 403, StorageErrorKind.AccessDenied, false)]
    [InlineData("SignatureDoesNotMatch", 403, StorageErrorKind.AccessDenied, false)]
    [InlineData("RequestTimeTooSkewed", 403, StorageErrorKind.AccessDenied, false)]
    [InlineData("", 403, StorageErrorKind.AccessDenied, false)]
    [InlineData("QuotaExceeded", 403, StorageErrorKind.QuotaExceeded, false)]
    [InlineData("EntityTooLarge", 400, StorageErrorKind.FileTooLarge, false)]
    [InlineData("", 413, StorageErrorKind.FileTooLarge, false)]
    [InlineData("", 507, StorageErrorKind.NoSpace, false)]
    [InlineData("KeyTooLongError", 400, StorageErrorKind.NameTooLong, false)]
    [InlineData("InvalidBucketName", 400, StorageErrorKind.InvalidName, false)]
    [InlineData("BadDigest", 400, StorageErrorKind.Corrupt, true)]
    [InlineData("SlowDown", 503, StorageErrorKind.Unavailable, true)]
    [InlineData("", 503, StorageErrorKind.Unavailable, true)]
    [InlineData("", 429, StorageErrorKind.Unavailable, true)]
    [InlineData("InternalError", 500, StorageErrorKind.Unavailable, true)]
    [InlineData("RequestTimeout", 400, StorageErrorKind.Unavailable, true)]
    [InlineData("PermanentRedirect", 301, StorageErrorKind.InvalidArgument, false)]
    [InlineData("InvalidObjectState", 403, StorageErrorKind.Unsupported, false)]
    [InlineData("NotImplemented", 501, StorageErrorKind.Unsupported, false)]
    [InlineData("MalformedXML", 400, StorageErrorKind.Io, false)]
    public void Answers_of_the_server(string code, int status, StorageErrorKind kind, bool transient)
    {
        var exception = new AmazonS3Exception("what the server says", ErrorType.Unknown, code, "request", (HttpStatusCode)status);
        var error = S3Errors.ToError(exception, false, Subject, new S3Options());
        Assert.Equal((kind, transient), (error.Kind, error.IsTransient));
        Assert.True(kind == StorageErrorKind.NotFound || error.Message.Length > 0);
    }

    public static TheoryData<Exception, StorageErrorKind, bool> Broken { get; } = new()
    {
        { new HttpRequestException("x", new SocketException((int)SocketError.ConnectionRefused)), StorageErrorKind.Unavailable, true },
        { new HttpRequestException("x", new SocketException((int)SocketError.HostNotFound)), StorageErrorKind.Unavailable, true },
        { new HttpRequestException("x", new AuthenticationException()), StorageErrorKind.Unavailable, false },
        { new HttpRequestException(HttpRequestError.SecureConnectionError), StorageErrorKind.Unavailable, false },
        { new HttpRequestException("x", new IOException()), StorageErrorKind.Unavailable, true },
        { new HttpIOException(HttpRequestError.ResponseEnded), StorageErrorKind.Unavailable, true },
        { new IOException("x", new SocketException((int)SocketError.ConnectionReset)), StorageErrorKind.Unavailable, true },
        { new TimeoutException(), StorageErrorKind.Unavailable, true },
        { new TaskCanceledException(), StorageErrorKind.Unavailable, true },
        { new ObjectDisposedException("client"), StorageErrorKind.Unavailable, true },
        { new AmazonUnmarshallingException("request", "/", new System.Xml.XmlException()), StorageErrorKind.Io, false },
        { new AmazonClientException("Failed to resolve AWS credentials."), StorageErrorKind.AccessDenied, false },
        { new InvalidOperationException(), StorageErrorKind.Io, false },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_breaks_on_the_way(Exception exception, StorageErrorKind kind, bool transient)
    {
        var error = S3Errors.ToError(exception, false, Subject, new S3Options());
        Assert.Equal((kind, transient), (error.Kind, error.IsTransient));
        Assert.Contains("dir/file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stall_is_told_as_one_whatever_was_thrown()
    {
        var error = S3Errors.ToError(new IOException(), true, Subject, new S3Options { Limits = RequestLimits.Default with { Timeout = TimeSpan.FromSeconds(7) } });
        Assert.Equal((StorageErrorKind.Unavailable, true), (error.Kind, error.IsTransient));
        Assert.Contains("within 7 s", error.Message, StringComparison.Ordinal);
    }
}
