using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BackupFs.Storage.Objects.Contract;

/// <summary>An authority that issues certificates for servers on this machine, with a file that has its own.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 _own;

    public TestAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Authority of a test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _own = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-2), DateTimeOffset.UtcNow.AddYears(2));
        File.WriteAllText(FilePath, _own.ExportCertificatePem());
    }

    /// <summary>What <c>ca-file</c> takes.</summary>
    public string FilePath { get; } = Path.Combine(Path.GetTempPath(), $"authority {Guid.NewGuid():N}.pem");

    /// <summary>A certificate for 127.0.0.1, or another server.</summary>
    /// <param name="name">The other server's name.</param>
    /// <param name="isExpired">Whether it was good until yesterday.</param>
    public X509Certificate2 Issue(string? name = null, bool isExpired = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (name is null)
        {
            names.AddIpAddress(IPAddress.Loopback);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        using var issued = request.Create(_own, now.AddYears(-1), isExpired ? now.AddDays(-1) : now.AddYears(1), RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }

    public void Dispose()
    {
        _own.Dispose();
        File.Delete(FilePath);
    }
}
