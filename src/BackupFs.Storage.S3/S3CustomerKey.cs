namespace BackupFs.Storage.S3;

/// <summary>A key for SSE-C as requests carry it. A secret: never shown. Immutable, thread-safe.</summary>
/// <remarks>Source of the headers: Amazon S3 User Guide, "Specifying server-side encryption with customer-provided keys".</remarks>
internal sealed class S3CustomerKey
{
    /// <summary>AES-256 has keys of 32 bytes.</summary>
    internal const int KeyBytes = 32;

    private const int LargestFile = 4096;

    private S3CustomerKey(byte[] key)
    {
        Base64 = Convert.ToBase64String(key);

        // The protocol wants an MD5 to find transmission errors; nothing is kept secret by it.
        Md5Base64 = Convert.ToBase64String(Md5.Of(key));
    }

    /// <summary>The key for the header.</summary>
    internal string Base64 { get; }

    /// <summary>The MD5 of the key for the header.</summary>
    internal string Md5Base64 { get; }

    /// <summary>Reads a key as Vitess does: the file's content as Base64, and if that it is not, as it is.</summary>
    /// <exception cref="StorageException">The file cannot be read, or has no key of 32 bytes.</exception>
    internal static S3CustomerKey Load(string path)
    {
        byte[] content;
        try
        {
            using var file = File.OpenRead(path);
            content = new byte[LargestFile];
            content = content[..file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var kind = exception is FileNotFoundException or DirectoryNotFoundException ? StorageErrorKind.NotFound : StorageErrorKind.AccessDenied;
            throw new StorageException(kind, $"the key file '{BackupPath.Printable(path)}' of sse=sse_c cannot be read", exception);
        }

        return Parse(content)
            ?? throw new StorageException(
                StorageErrorKind.InvalidArgument,
                $"the key file '{BackupPath.Printable(path)}' of sse=sse_c must hold a key of {KeyBytes} bytes, as it is or in Base64");
    }

    /// <summary>The key in a file's content; null if there is none.</summary>
    internal static S3CustomerKey? Parse(ReadOnlySpan<byte> content)
    {
        // Line breaks are ignored in Base64, as Go's decoder does it.
        var text = new char[content.Length];
        for (var i = 0; i < content.Length; i++)
        {
            text[i] = (char)content[i];
        }

        var decoded = new byte[content.Length];
        var clean = new string(text).Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
        var length = 0;
        var isBase64 = !clean.AsSpan().ContainsAny(" \t") && Convert.TryFromBase64String(clean, decoded, out length);
        var key = isBase64 ? decoded.AsSpan(0, length) : content;
        return key.Length == KeyBytes ? new S3CustomerKey(key.ToArray()) : null;
    }
}
