using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Google.Apis.Auth.OAuth2.Responses;
using Xunit;

namespace BackupFs.Storage.Gcs.Tests;

public sealed class GcsErrorsTests
{
    [Theory]
    [InlineData(404, "notFound", "No such object: b/key", StorageErrorKind.NotFound, false)]
    [InlineData(410, "gone", "", StorageErrorKind.NotFound, false)]
    [InlineData(401, "authError", "Invalid Credentials", StorageErrorKind.AccessDenied, false)]
    [InlineData(403, "forbidden", "x does not have storage.objects.create access", StorageErrorKind.AccessDenied, false)]
    [InlineData(403, "rateLimitExceeded", "", StorageErrorKind.Unavailable, true)]
    [InlineData(403, "userRateLimitExceeded", "", StorageErrorKind.Unavailable, true)]
    [InlineData(403, "quotaExceeded", "", StorageErrorKind.QuotaExceeded, false)]
    [InlineData(403, "retentionPolicyNotMet", "", StorageErrorKind.NotPermitted, false)]
    [InlineData(412, "conditionNotMet", "", StorageErrorKind.AlreadyExists, false)]
    [InlineData(409, "conflict", "", StorageErrorKind.Busy, false)]
    [InlineData(400, "invalid", "Provided CRC32C \"a\" doesn't match calculated CRC32C \"b\".", StorageErrorKind.Corrupt, false)]
    [InlineData(400, "invalid", "Invalid bucket name", StorageErrorKind.Io, false)]
    [InlineData(413, "uploadTooLarge", "", StorageErrorKind.FileTooLarge, false)]
    [InlineData(408, "", "", StorageErrorKind.Unavailable, true)]
    [InlineData(429, "rateLimitExceeded", "", StorageErrorKind.Unavailable, true)]
    [InlineData(500, "backendError", "", StorageErrorKind.Unavailable, true)]
    [InlineData(503, "", "", StorageErrorKind.Unavailable, true)]
    [InlineData(507, "", "", StorageErrorKind.NoSpace, false)]
    [InlineData(302, "", "", StorageErrorKind.Io, false)]
    public void An_answer_becomes_a_word_of_the_contract(int status, string reason, string message, StorageErrorKind kind, bool transient)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            error = new { code = status, message = message + " http://x/y?upload_id=secret", errors = new[] { new { reason } } },
        });
        var error = GcsErrors.Map((HttpStatusCode)status, body, "storing 'key'", StorageErrorKind.AlreadyExists);
        Assert.Equal((kind, transient), (error.Kind, error.IsTransient));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        if (kind != StorageErrorKind.NotFound)
        {
            Assert.StartsWith("storing 'key': ", error.Message, StringComparison.Ordinal);
            Assert.Contains($"HTTP {status}{(reason.Length > 0 ? " " : "")}{reason}", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"error\":\"text\"}")]
    [InlineData("{\"error\":{\"errors\":[]}}")]
    [InlineData("{\"error\":{\"errors\":[7],\"message\":7}}")]
    public void A_body_that_is_no_error_of_Google_says_nothing(string body)
    {
        var error = GcsErrors.Map(HttpStatusCode.Forbidden, Encoding.UTF8.GetBytes(body), "storing 'key'", StorageErrorKind.AlreadyExists);
        Assert.Equal(StorageErrorKind.AccessDenied, error.Kind);
        Assert.EndsWith("(HTTP 403)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bucket_that_does_not_exist_has_a_message()
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { error = new { message = "The specified bucket does not exist." } });
        var error = GcsErrors.Map(HttpStatusCode.NotFound, body, "listing 'key'", StorageErrorKind.AlreadyExists);
        Assert.Equal(StorageErrorKind.NotFound, error.Kind);
        Assert.Contains("bucket does not exist", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_no_server_answered_is_unavailable()
    {
        Exception[] exceptions =
        [
            new HttpRequestException("no route", new SocketException((int)SocketError.HostUnreachable)),
            new HttpIOException(HttpRequestError.ResponseEnded), new IOException("reset"), new TaskCanceledException(), new ObjectDisposedException("client"),
        ];
        foreach (var exception in exceptions)
        {
            var error = GcsErrors.Map(exception, false, "reading 'key'");
            Assert.Equal((StorageErrorKind.Unavailable, true), (error.Kind, error.IsTransient));
        }

        Assert.Contains("HostUnreachable", GcsErrors.Map(exceptions[0], false, "reading 'key'").Message, StringComparison.Ordinal);
        Assert.Contains("in time", GcsErrors.Map(new TaskCanceledException(), true, "reading 'key'").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_or_refused_credentials_are_denied_access_with_advice()
    {
        foreach (var exception in new Exception[]
        {
            new InvalidOperationException("no default credentials"), new FileNotFoundException("x"),
            new TokenResponseException(new TokenErrorResponse { Error = "invalid_grant", ErrorDescription = "secret" }, HttpStatusCode.BadRequest),
        })
        {
            var error = GcsErrors.Map(exception, false, "reading 'key'");
            Assert.Equal((StorageErrorKind.AccessDenied, false), (error.Kind, error.IsTransient));
            Assert.Contains("credentials-file=PATH", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        }

        var busy = new TokenResponseException(new TokenErrorResponse(), HttpStatusCode.ServiceUnavailable);
        Assert.True(GcsErrors.Map(busy, false, "reading 'key'").IsTransient);
    }

    [Fact]
    public void Anything_else_is_an_error_and_not_an_exception()
    {
        Assert.Equal(StorageErrorKind.Io, GcsErrors.Map(new JsonException(), false, "reading 'key'").Kind);
        Assert.Equal(StorageErrorKind.Io, GcsErrors.Map(new ArithmeticException(), false, "reading 'key'").Kind);
    }
}
