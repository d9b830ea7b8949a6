using System.Security.Cryptography.X509Certificates;

namespace BackupFs.Storage.S3.Tests;

/// <summary>Which servers are believed over TLS, and what is said of the others.</summary>
public sealed class TlsTests : IDisposable
{
    private const string Empty = "<ListBucketResult><Name>bucket</Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>";

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task A_server_with_a_certificate_of_the_named_authority_is_believed() =>
        Assert.True((await ListAsync(_authority.Issue(), Trusting)).IsOk);

    [Fact]
    public async Task Without_verification_every_server_is_believed()
    {
        foreach (var certificate in new[] { _authority.Issue(), _authority.Issue("other.example"), _authority.Issue(isExpired: true) })
        {
            Assert.True((await ListAsync(certificate, options => options with { Trust = new ServerTrust(Verifies: false, AuthorityFile: null) })).IsOk);
        }
    }

    [Fact]
    public async Task An_unknown_authority_is_refused_with_what_to_do()
    {
        using var other = new TestAuthority();
        await RefusedAsync(_authority.Issue(), options => options, "not trusted", "ca-file=", "tls-verify=false");
        await RefusedAsync(_authority.Issue(), options => Trusting(options, other.FilePath), "not trusted", "ca-file=");
    }

    [Fact]
    public async Task An_expired_certificate_is_refused() =>
        await RefusedAsync(_authority.Issue(isExpired: true), Trusting, "has expired", "clock");

    [Fact]
    public async Task A_certificate_for_another_name_is_refused() =>
        await RefusedAsync(_authority.Issue("other.example"), Trusting, "not for '127.0.0.1'", "endpoint=");

    [Fact]
    public async Task A_file_of_authorities_that_is_none_is_told()
    {
        var empty = Path.Combine(Path.GetTempPath(), $"empty-{Gateway.Unique()}");
        await File.WriteAllTextAsync(empty, "no certificate");
        foreach (var (file, kind) in new[] { ("/missing/ca.pem", StorageErrorKind.NotFound), (empty, StorageErrorKind.InvalidArgument) })
        {
            var error = (await ListAsync(_authority.Issue(), options => Trusting(options, file))).Error!;
            Assert.Equal(kind, error.Kind);
            Assert.Contains(file, error.Message, StringComparison.Ordinal);
        }

        File.Delete(empty);
    }

    private static async Task RefusedAsync(X509Certificate2 certificate, Func<S3Options, S3Options> change, params string[] words)
    {
        var error = (await ListAsync(certificate, change)).Error!;
        Assert.Equal((StorageErrorKind.Unavailable, false), (error.Kind, error.IsTransient));
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
    }

    private static async Task<StorageResult<ObjectPage>> ListAsync(X509Certificate2 certificate, Func<S3Options, S3Options> change)
    {
        await using var server = new ScriptedServer(request => request.AnswerAsync("200 OK", Empty, "Content-Type: application/xml"), certificate);
        using var soon = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var store = server.Open(change);
        var listed = await store.ListAsync(new ObjectListing(""), soon.Token);
        await store.CloseAsync(soon.Token);
        Assert.Equal(listed.IsOk ? 1 : 0, server.Requests.Count);
        certificate.Dispose();
        return listed;
    }

    private S3Options Trusting(S3Options options) => Trusting(options, _authority.FilePath);

    private static S3Options Trusting(S3Options options, string file) => options with { Trust = new ServerTrust(Verifies: true, file) };
}
