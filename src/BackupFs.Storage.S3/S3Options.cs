using BackupFs.Storage.Objects;

namespace BackupFs.Storage.S3;

/// <summary>Where objects are and how the server is to be spoken to. Holds no secret. Immutable.</summary>
public sealed record S3Options
{
    /// <summary>The bucket; <c>""</c> where each keyspace has its own.</summary>
    public string Bucket { get; init; } = "";

    /// <summary>What stands before every key.</summary>
    public KeyRoot Root { get; init; } = new("");

    /// <summary>The region that requests are signed for; where the bucket is, unless <see cref="FindsRegion"/>.</summary>
    public string Region { get; init; } = S3Parameters.DefaultRegion;

    /// <summary>Whether <see cref="Region"/> is only where to ask first: the bucket is used in the region that Amazon says it is in.</summary>
    public bool FindsRegion { get; init; }

    /// <summary>The server; null for Amazon's of the region.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Whether the bucket is in the path of URLs and not in their host name.</summary>
    public bool PathStyle { get; init; }

    /// <summary>Which servers are believed.</summary>
    public ServerTrust Trust { get; init; } = ServerTrust.Default;

    /// <summary>Of requests.</summary>
    public RequestLimits Limits { get; init; } = RequestLimits.Default;

    /// <summary>How objects are encrypted by the server.</summary>
    public S3Encryption Encryption { get; init; }

    /// <summary>The key of <see cref="S3Encryption.Kms"/>; null for the account's default.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>The file with the key of <see cref="S3Encryption.CustomerKey"/>.</summary>
    public string? CustomerKeyFile { get; init; }

    /// <summary>The storage class of objects; null for the bucket's.</summary>
    public string? StorageClass { get; init; }

    /// <summary>How transfers are checked.</summary>
    public S3Checksum Checksum { get; init; }

    /// <summary>The profile of the shared configuration files; null for the standard chain of credentials.</summary>
    public string? Profile { get; init; }

    /// <summary>Larger objects are copied in parts, of this size; in bytes.</summary>
    internal long LargestCopy { get; init; } = 5L << 30;

    /// <summary>Stands for Amazon's servers, by region; null for those.</summary>
    internal Func<string, Uri>? RegionalEndpoint { get; init; }

    /// <summary>The server that requests go to; null for Amazon's of the region.</summary>
    internal Uri? Server => Endpoint ?? RegionalEndpoint?.Invoke(Region);

    /// <summary>Before the first repetition; doubled for each further one.</summary>
    internal TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The options of <c>s3://BUCKET[/ROOT]?…</c>.</summary>
    /// <param name="url">The location.</param>
    /// <param name="environment">Looks up environment variables, for the region.</param>
    /// <exception cref="StorageException">InvalidArgument: what is wrong and what is accepted; without secrets.</exception>
    public static S3Options Parse(StorageUrl url, Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(environment);
        if (url.UserInfo.Length > 0)
        {
            throw Invalid(url, "credentials do not belong into a URL; use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or profile=NAME");
        }

        if (!S3BucketName.IsValid(url.Host))
        {
            throw Invalid(
                url,
                url.Host.Length == 0
                    ? "the bucket is missing: s3://BUCKET/ROOT"
                    : $"'{BackupPath.Printable(url.Host)}' is no name of a bucket (3 to 63 of a-z, 0-9, '-' and '.')");
        }

        var parameters = new LocationParameters(url);
        var endpoint = parameters.Endpoint("endpoint");
        var (encryption, customerKey) = S3Parameters.Encryption(parameters);
        var options = Common(parameters) with
        {
            Bucket = url.Host,
            Root = KeyRoot.Of(url),
            Region = S3Parameters.Region(parameters, environment),
            FindsRegion = endpoint is null && parameters.Text("region") is null,
            Endpoint = endpoint,
            PathStyle = parameters.Switch("path-style", endpoint is not null),
            Encryption = encryption,
            CustomerKeyFile = customerKey,
            KmsKeyId = parameters.Text("sse-kms-key-id"),
            Profile = parameters.Text("profile"),
        };
        parameters.RefuseOthers();
        return options.KmsKeyId is not null && encryption != S3Encryption.Kms
            ? throw parameters.Invalid("sse-kms-key-id", "needs sse=aws:kms")
            : options;
    }

    /// <summary>What the locations of both schemes can set.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    internal static S3Options Common(LocationParameters parameters) => new()
    {
        StorageClass = parameters.Text("storage-class"),
        Checksum = S3Parameters.Checksum(parameters),
        Limits = RequestLimits.Of(parameters),
        Trust = ServerTrust.Of(parameters),
    };

    /// <summary>An error about a location, without its secrets.</summary>
    internal static StorageException Invalid(StorageUrl url, string message) => new(StorageErrorKind.InvalidArgument, $"'{url}': {message}");
}
