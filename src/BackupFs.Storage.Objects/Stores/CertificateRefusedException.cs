using System.Diagnostics.CodeAnalysis;
using System.Security.Authentication;

namespace BackupFs.Storage.Objects;

/// <summary>The server showed a certificate that is not accepted; the message says why and what to do.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Thrown in one place only.")]
public sealed class CertificateRefusedException(string message) : AuthenticationException(message)
{
    /// <summary>The one that an exception of an HTTP client comes from; null if it comes from something else.</summary>
    public static CertificateRefusedException? In(Exception? exception)
    {
        while (exception is not null and not CertificateRefusedException)
        {
            exception = exception.InnerException;
        }

        return (CertificateRefusedException?)exception;
    }
}
