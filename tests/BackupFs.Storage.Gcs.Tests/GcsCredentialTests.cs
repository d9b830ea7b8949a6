using System.Security.Cryptography;
using System.Text.Json;
using BackupFs.Storage.Objects.Contract;
using Xunit;

namespace BackupFs.Storage.Gcs.Tests;

public sealed class GcsCredentialTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task A_service_account_asks_for_a_token_once_and_shows_it()
    {
        await using var server = new ScriptedServer((_, request) => request.Target == "/token"
            ? ScriptedAnswer.Of(200, "Content-Type: application/json\r\n", """{"access_token":"token-of-the-test","expires_in":3600,"token_type":"Bearer"}""")
            : ScriptedAnswer.Of(404));
        await WriteServiceAccountAsync(server.Address + "/token");
        var store = GcsFixture.Open($"gcs://b?endpoint={server.Address}&credentials-file={_file}");
        Assert.Equal(StorageErrorKind.NotFound, (await store.GetInfoAsync("a/b c", Soon)).Error?.Kind);
        Assert.Equal(StorageErrorKind.NotFound, (await store.GetInfoAsync("other", Soon)).Error?.Kind);
        Assert.Equal(["/token", "/storage/v1/b/b/o/a%2Fb%20c", "/storage/v1/b/b/o/other"], server.Requests.Select(request => request.Target.Split('?')[0]));
        Assert.All(server.Requests.Skip(1), request => Assert.Equal("Bearer token-of-the-test", request.Headers["Authorization"]));
    }

    [Fact]
    public async Task A_refused_service_account_is_denied_access()
    {
        await using var server = new ScriptedServer((_, _) =>
            ScriptedAnswer.Of(400, "Content-Type: application/json\r\n", """{"error":"invalid_grant","error_description":"secret"}"""));
        await WriteServiceAccountAsync(server.Address + "/token");
        var error = (await GcsFixture.Open($"gcs://b?endpoint={server.Address}&credentials-file={_file}&retries=1").PrepareAsync("key", Soon)).Error;
        Assert.Equal((StorageErrorKind.AccessDenied, false), (error?.Kind, error?.IsTransient));
        Assert.DoesNotContain("secret", error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_does_not_come_is_not_waited_for_for_ever()
    {
        await using var server = new ScriptedServer((_, _) => ScriptedAnswer.Silence);
        await WriteServiceAccountAsync(server.Address + "/token");
        var error = (await GcsFixture.Open($"gcs://b?endpoint={server.Address}&credentials-file={_file}&timeout=300ms&retries=0").PrepareAsync("key", Soon)).Error;
        Assert.Equal((StorageErrorKind.Unavailable, true), (error?.Kind, error?.IsTransient));
    }

    [Fact]
    public async Task A_file_that_is_missing_or_holds_something_else_is_an_error()
    {
        var address = ScriptedServer.NobodyAt();
        var missing = (await GcsFixture.Open($"gcs://b?endpoint={address}&credentials-file={_file}.missing").PrepareAsync("key", Soon)).Error;
        Assert.Equal(StorageErrorKind.AccessDenied, missing?.Kind);
        foreach (var content in new[] { "not JSON", "[]", "{}", """{"type":"secret"}""" })
        {
            await File.WriteAllTextAsync(_file, content);
            var error = (await GcsFixture.Open($"gcs://b?endpoint={address}&credentials-file={_file}").PrepareAsync("key", Soon)).Error;
            Assert.True(error?.Kind is StorageErrorKind.AccessDenied or StorageErrorKind.Io, $"{content}: {error?.Kind}: {error}");
            Assert.False(error!.IsTransient);
            Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        }
    }

    private async Task WriteServiceAccountAsync(string tokenAddress)
    {
        using var key = RSA.Create(2048);
        await File.WriteAllTextAsync(_file, JsonSerializer.Serialize(new
        {
            type = "service_account",
            project_id = "test",
            private_key_id = "1",
            private_key = key.ExportPkcs8PrivateKeyPem(),
            client_email = "test@test.iam.gserviceaccount.com",
            client_id = "1",
            token_uri = tokenAddress,
        }));
    }
}
