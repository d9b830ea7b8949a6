using Xunit;

namespace BackupFs.Storage.Objects.Contract;

/// <summary>Which servers a store believes over TLS, with the parameters of <see cref="ServerTrust"/>.</summary>
public abstract class ServerTrustContract
{
    /// <summary>Only against hangs.</summary>
    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;

    /// <summary>What the store's server says of an object that does not exist.</summary>
    protected abstract ScriptedAnswer NoSuchObject { get; }

    /// <summary>A store at an address, with parameters.</summary>
    protected abstract IObjectStore Open(string address, string parameters);

    [Fact]
    public async Task A_server_is_believed_if_its_authority_is_trusted_and_refused_with_what_to_do_otherwise()
    {
        using var authority = new TestAuthority();
        await using var server = new ScriptedServer((_, _) => NoSuchObject, certificate: authority.Issue());
        foreach (var trust in new[] { $"ca-file={Uri.EscapeDataString(authority.FilePath)}", "tls-verify=false" })
        {
            Assert.Equal(StorageErrorKind.NotFound, (await Open(server.Address, trust).GetInfoAsync("key", Soon)).Error?.Kind);
        }

        var refused = (await Open(server.Address, "retries=3").GetInfoAsync("key", Soon)).Error;
        Assert.Equal((StorageErrorKind.Unavailable, false), (refused?.Kind, refused?.IsTransient));
        Assert.Contains("certificate is not trusted; name the file of its authority with ca-file=", refused!.Message, StringComparison.Ordinal);
        var missing = (await Open(server.Address, "ca-file=/missing/ca.pem").GetInfoAsync("key", Soon)).Error;
        Assert.Contains("'/missing/ca.pem'", missing!.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count);
    }
}
