using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BackupFs.Storage.Objects;

/// <summary>Which servers are believed to be who they say they are: <c>ca-file=PATH</c>, <c>tls-verify=false</c>.</summary>
/// <param name="Verifies">Whether certificates are looked at.</param>
/// <param name="AuthorityFile">Certificates in PEM of the authorities that are trusted; null for the system's.</param>
public sealed record ServerTrust(bool Verifies, string? AuthorityFile)
{
    /// <summary>Those that the system's authorities vouch for.</summary>
    public static ServerTrust Default { get; } = new(Verifies: true, AuthorityFile: null);

    /// <summary>Reads the parameters.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    public static ServerTrust Of(LocationParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var trust = new ServerTrust(parameters.Switch("tls-verify", otherwise: true), parameters.Text("ca-file"));
        return trust.Verifies || trust.AuthorityFile is null ? trust : throw parameters.Invalid("ca-file", "cannot stand beside tls-verify=false");
    }

    /// <summary>How connections over TLS are made. A refused certificate ends them with a <see cref="CertificateRefusedException"/>.</summary>
    /// <exception cref="StorageException">The file of authorities cannot be read, or has none.</exception>
    public SslClientAuthenticationOptions CreateOptions()
    {
        var tls = new SslClientAuthenticationOptions();
        if (!Verifies)
        {
#pragma warning disable CA5359 // The user asked for it: tls-verify=false.
            tls.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
            return tls;
        }

        tls.RemoteCertificateValidationCallback = static (sender, _, chain, errors) => errors == SslPolicyErrors.None
            ? true
            : throw new CertificateRefusedException(Explain(errors, chain, (sender as SslStream)?.TargetHostName ?? ""));
        if (AuthorityFile is { } file)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(Load(file));
        }

        return tls;
    }

    private static X509Certificate2Collection Load(string file)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var kind = exception is FileNotFoundException or DirectoryNotFoundException ? StorageErrorKind.NotFound : StorageErrorKind.AccessDenied;
            throw new StorageException(kind, $"the file '{BackupPath.Printable(file)}' of ca-file cannot be read", exception);
        }
        catch (CryptographicException)
        {
            // Told below: then there is none.
        }

        return authorities.Count > 0
            ? authorities
            : throw new StorageException(
                StorageErrorKind.InvalidArgument, $"the file '{BackupPath.Printable(file)}' of ca-file must hold certificates in PEM (-----BEGIN CERTIFICATE-----)");
    }

    /// <summary>The first thing that has to be put right.</summary>
    private static string Explain(SslPolicyErrors errors, X509Chain? chain, string host)
    {
        var status = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? X509ChainStatusFlags.NoError;
        const string Otherwise = ", or use tls-verify=false";
        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) ? "the server has no certificate" + Otherwise
            : status.HasFlag(X509ChainStatusFlags.NotTimeValid)
                ? "the server's certificate has expired, or is not valid yet; renew it, or check the clock of this machine"
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                ? $"the server's certificate is not for '{BackupPath.Printable(host)}'; give its own name in endpoint=…" + Otherwise
            : "the server's certificate is not trusted; name the file of its authority with ca-file=…, add that to the system" + Otherwise;
    }
}
