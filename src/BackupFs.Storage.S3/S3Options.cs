namespace BackupFs.Storage.S3;

/// <summary>Where objects are and how the server is to be spoken to. Holds no secret. Immutable.</summary>
public sealed record S3Options
{
    /// <summary>The bucket; <c>""</c> where each keyspace has its own.</summary>
    public string Bucket { get; init; } = "";

    /// <summary>What all keys begin with, without slashes at either end; <c>""</c> for nothing.</summary>
    public string Root { get; init; } = "";

    /// <summary>The region that requests are signed for; where the bucket is, unless <see cref="FindsRegion"/>.</summary>
    public string Region { get; init; } = S3OptionsParser.DefaultRegion;

    /// <summary>Whether <see cref="Region"/> is only where to ask first: the bucket is used in the region that Amazon says it is in.</summary>
    public bool FindsRegion { get; init; }

    /// <summary>The server; null for Amazon's of the region.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Whether the bucket is in the path of URLs and not in their host name.</summary>
    public bool PathStyle { get; init; }

    /// <summary>Whether the server's certificate is checked.</summary>
    public bool VerifyTls { get; init; } = true;

    /// <summary>A file of PEM certificates, the only authorities that the server's certificate may come from; null for the system's.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>How often a request is repeated at most, 0..20.</summary>
    public int Retries { get; init; } = 4;

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

    /// <summary>How long a request may go without any progress.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long connecting may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

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
        var parser = new S3OptionsParser(url);
        if (url.UserInfo.Length > 0)
        {
            throw parser.Invalid("credentials do not belong into a URL; use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or profile=NAME");
        }

        if (!S3BucketName.IsValid(url.Host))
        {
            throw parser.Invalid(
                url.Host.Length == 0
                    ? "the bucket is missing: s3://BUCKET/ROOT"
                    : $"'{BackupPath.Printable(url.Host)}' is no name of a bucket (3 to 63 of a-z, 0-9, '-' and '.')");
        }

        var root = url.Path.Trim('/');
        if (url.Path.StartsWith("//", StringComparison.Ordinal) || (root.Length > 0 && BackupPath.Check(root) is not null))
        {
            throw parser.Invalid("the root after the bucket must be a path such as backups/mysql");
        }

        var endpoint = parser.Endpoint();
        var (encryption, customerKey) = parser.Encryption();
        var options = parser.ReadCommon(new S3Options()) with
        {
            Bucket = url.Host,
            Root = root,
            Region = parser.Region(environment),
            FindsRegion = endpoint is null && parser.Text("region") is null,
            Endpoint = endpoint,
            PathStyle = parser.Flag("path-style", endpoint is not null),
            Encryption = encryption,
            CustomerKeyFile = customerKey,
            KmsKeyId = parser.Text("sse-kms-key-id"),
            StorageClass = parser.Text("storage-class"),
            Profile = parser.Text("profile"),
        };
        if (options.KmsKeyId is not null && encryption != S3Encryption.Kms)
        {
            throw parser.Invalid("sse-kms-key-id needs sse=aws:kms");
        }

        parser.RequireAllKnown();
        return options;
    }
}
