using BackupFs.Storage.Objects;

namespace BackupFs.Storage.S3;

/// <summary>The parameters of a location that only S3 has. Stateless, thread-safe.</summary>
internal static class S3Parameters
{
    internal const string DefaultRegion = "us-east-1";

    private static readonly (string Name, S3Checksum Checksum)[] Checksums =
    [
        ("auto", S3Checksum.Auto), ("crc64nvme", S3Checksum.Crc64Nvme), ("crc32c", S3Checksum.Crc32C), ("sha256", S3Checksum.Sha256),
        ("md5", S3Checksum.Md5), ("none", S3Checksum.None),
    ];

    /// <summary>Of the parameter, the environment, or else <see cref="DefaultRegion"/>.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    internal static string Region(LocationParameters parameters, Func<string, string?> environment)
    {
        const string Advice = $"must be a name such as {DefaultRegion}";
        if (parameters.Text("region") is { } given)
        {
            return IsRegion(given) ? given : throw parameters.Invalid("region", Advice);
        }

        foreach (var name in new[] { "AWS_REGION", "AWS_DEFAULT_REGION" })
        {
            if (environment(name) is { } text && !string.IsNullOrWhiteSpace(text))
            {
                return IsRegion(text) ? text : throw new StorageException(StorageErrorKind.InvalidArgument, $"${name} {Advice}");
            }
        }

        return DefaultRegion;
    }

    /// <summary>Whether a text can be the name of a region.</summary>
    internal static bool IsRegion(string text) =>
        text.Length > 0 && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');

    /// <summary>How objects are encrypted, and the file of the customer's key.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    internal static (S3Encryption Encryption, string? KeyFile) Encryption(LocationParameters parameters)
    {
        const string CustomerKey = "sse_c:";
        return parameters.Text("sse") switch
        {
            null => (S3Encryption.BucketDefault, null),
            "AES256" => (S3Encryption.Aes256, null),
            "aws:kms" => (S3Encryption.Kms, null),
            { Length: > 6 } text when text.StartsWith(CustomerKey, StringComparison.Ordinal) => (S3Encryption.CustomerKey, text[CustomerKey.Length..]),
            _ => throw parameters.Invalid("sse", "is AES256, aws:kms or sse_c:/path/to/key"),
        };
    }

    /// <summary>How transfers are checked.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    internal static S3Checksum Checksum(LocationParameters parameters)
    {
        var text = parameters.Text("checksum") ?? Checksums[0].Name;
        foreach (var (name, checksum) in Checksums)
        {
            if (name == text)
            {
                return checksum;
            }
        }

        throw parameters.Invalid("checksum", $"is one of {string.Join(", ", Checksums.Select(known => known.Name))}");
    }
}
