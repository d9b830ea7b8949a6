namespace BackupFs.Storage.S3;

/// <summary>How the server encrypts objects.</summary>
public enum S3Encryption
{
    /// <summary>As the bucket is configured.</summary>
    BucketDefault,

    /// <summary>With a key of S3 (SSE-S3).</summary>
    Aes256,

    /// <summary>With a key of the key service (SSE-KMS).</summary>
    Kms,

    /// <summary>With a key that is sent with every request (SSE-C).</summary>
    CustomerKey,
}
