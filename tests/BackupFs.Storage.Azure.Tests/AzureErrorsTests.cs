using System.Net.Sockets;
using Azure;
using Azure.Identity;
using Xunit;

namespace BackupFs.Storage.Azure.Tests;

public sealed class AzureErrorsTests
{
    [Theory]
    [InlineData(404, "BlobNotFound", StorageErrorKind.NotFound, false)]
    [InlineData(404, "", StorageErrorKind.NotFound, false)]
    [InlineData(404, "ContainerNotFound", StorageErrorKind.NotFound, false)]
    [InlineData(409, "ContainerBeingDeleted", StorageErrorKind.NotFound, false)]
    [InlineData(401, "NoAuthenticationInformation", StorageErrorKind.AccessDenied, false)]
    [InlineData(403, "AuthenticationFailed", StorageErrorKind.AccessDenied, false)]
    [InlineData(403, "AuthorizationPermissionMismatch", StorageErrorKind.AccessDenied, false)]
    [InlineData(403, "AccountIsDisabled", StorageErrorKind.AccessDenied, false)]
    [InlineData(409, "BlobAlreadyExists", StorageErrorKind.AlreadyExists, false)]
    [InlineData(412, "ConditionNotMet", StorageErrorKind.AlreadyExists, false)]
    [InlineData(412, "LeaseIdMissing", StorageErrorKind.Busy, false)]
    [InlineData(409, "SnapshotsPresent", StorageErrorKind.Busy, false)]
    [InlineData(409, "BlobArchived", StorageErrorKind.Busy, false)]
    [InlineData(409, "BlobImmutableDueToPolicy", StorageErrorKind.NotPermitted, false)]
    [InlineData(400, "InvalidBlockList", StorageErrorKind.Busy, false)]
    [InlineData(400, "InvalidBlobOrBlock", StorageErrorKind.Busy, false)]
    [InlineData(400, "Md5Mismatch", StorageErrorKind.Corrupt, false)]
    [InlineData(413, "RequestBodyTooLarge", StorageErrorKind.FileTooLarge, false)]
    [InlineData(400, "OutOfRangeInput", StorageErrorKind.InvalidName, false)]
    [InlineData(403, "AccountQuotaExceeded", StorageErrorKind.QuotaExceeded, false)]
    [InlineData(507, "", StorageErrorKind.NoSpace, false)]
    [InlineData(408, "", StorageErrorKind.Unavailable, true)]
    [InlineData(429, "", StorageErrorKind.Unavailable, true)]
    [InlineData(500, "InternalError", StorageErrorKind.Unavailable, true)]
    [InlineData(500, "OperationTimedOut", StorageErrorKind.Unavailable, true)]
    [InlineData(503, "ServerBusy", StorageErrorKind.Unavailable, true)]
    [InlineData(400, "InvalidHeaderValue", StorageErrorKind.Io, false)]
    [InlineData(302, "", StorageErrorKind.Io, false)]
    [InlineData(418, "", StorageErrorKind.Io, false)]
    public void An_answer_becomes_a_word_of_the_contract(int status, string code, StorageErrorKind kind, bool transient)
    {
        var failed = new RequestFailedException(status, "https://acc.blob.core.windows.net/c/b?sig=secret", code, null);
        var error = AzureErrors.Map(failed, expired: false, "storing 'key'", StorageErrorKind.AlreadyExists);
        Assert.Equal((kind, transient), (error.Kind, error.IsTransient));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        if (code is not ("BlobNotFound" or "") || status != 404)
        {
            Assert.StartsWith("storing 'key': ", error.Message, StringComparison.Ordinal);
            Assert.Contains($"HTTP {status}", error.Message, StringComparison.Ordinal);
            Assert.Contains(code, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_unmet_condition_means_what_the_request_says()
    {
        var failed = new RequestFailedException(412, "", "ConditionNotMet", null);
        Assert.Equal(StorageErrorKind.Corrupt, AzureErrors.Map(failed, false, "reading 'key'", StorageErrorKind.Corrupt).Kind);
    }

    [Fact]
    public void What_no_server_answered_is_unavailable()
    {
        Exception[] exceptions =
        [
            new RequestFailedException("no route", new HttpRequestException("no route", new SocketException((int)SocketError.HostUnreachable))),
            new AggregateException(new RequestFailedException("x"), new RequestFailedException("y")),
            new HttpRequestException("reset"), new IOException("reset"), new TaskCanceledException(), new ObjectDisposedException("client"),
        ];
        foreach (var exception in exceptions)
        {
            var error = AzureErrors.Map(exception, false, "reading 'key'", StorageErrorKind.Corrupt);
            Assert.Equal((StorageErrorKind.Unavailable, true), (error.Kind, error.IsTransient));
        }

        Assert.Contains("HostUnreachable", AzureErrors.Map(exceptions[0], false, "reading 'key'", StorageErrorKind.Corrupt).Message, StringComparison.Ordinal);
        Assert.Contains("in time", AzureErrors.Map(new TaskCanceledException(), true, "reading 'key'", StorageErrorKind.Corrupt).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_credentials_are_denied_access_with_advice()
    {
        var error = AzureErrors.Map(new CredentialUnavailableException("secret"), false, "reading 'key'", StorageErrorKind.Corrupt);
        Assert.Equal((StorageErrorKind.AccessDenied, false), (error.Kind, error.IsTransient));
        Assert.Contains("key-file=PATH", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Anything_else_is_an_error_and_not_an_exception() =>
        Assert.Equal(StorageErrorKind.Io, AzureErrors.Map(new InvalidOperationException("x"), false, "reading 'key'", StorageErrorKind.Corrupt).Kind);
}
