namespace BackupFs.Storage.S3;

/// <summary>How the server is made to confirm what it received.</summary>
public enum S3Checksum
{
    /// <summary>What every server accepts: the SHA-256 in the signature of the request over plain HTTP, and over TLS as <see cref="Md5"/>.</summary>
    Auto,

    /// <summary>CRC-64/NVME, which S3 keeps for the whole object.</summary>
    Crc64Nvme,

    /// <summary>CRC-32C.</summary>
    Crc32C,

    /// <summary>SHA-256.</summary>
    Sha256,

    /// <summary>MD5 in Content-MD5, compared with the entity tag of the answer where that is an MD5.</summary>
    Md5,

    /// <summary>Nothing beyond what TCP, TLS and the signature of the request find.</summary>
    None,
}
