namespace BackupFs.Storage;

/// <summary>Writes and reads a <see cref="BackupManifest"/> as the JSON document <see cref="BackupManifest.FileName"/>.</summary>
/// <remarks>
/// <para>The document is UTF-8 JSON in fixed lines, so that it can be read, compared and searched line by line:</para>
/// <code>
/// {
/// "format":1,
/// "backup":{"started":"…","ended":"…","host":"…","writers":[…],"accepted":[…]},
/// "entries":[
/// {"path":"","type":"directory","mode":"0755",…},
/// {"path":"a","type":"file","mode":"0644","uid":0,"gid":0,"mtime":"1700000000.000000001","size":3,"sha256":"…","blockSize":1048576,"blocks":"…"}
/// ],
/// "checksum":"sha256:…"
/// }
/// </code>
/// <para>The checksum is over all bytes before that line, so that every changed, missing or added byte is noticed.
/// Every format, also of later versions, ends with that line and a closing one; that is how a damaged manifest is told from
/// one that a newer program wrote.</para>
/// <para>Times are POSIX seconds (rounded down, may be negative), a point, and nine digits of nanoseconds. Block checksums
/// are the little-endian 64-bit numbers in base64. A symbolic link's target is <c>target</c> if it is valid UTF-8, else
/// <c>target64</c> in base64; values of extended attributes are in base64.</para>
/// </remarks>
public static class ManifestSerializer
{
    /// <summary>Writes <paramref name="manifest"/>; the stream is flushed and stays open.</summary>
    /// <exception cref="StorageException">InvalidArgument if the manifest says what <see cref="ReadAsync"/> would not accept.</exception>
    public static ValueTask WriteAsync(BackupManifest manifest, Stream destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(destination);
        return ManifestWriter.WriteAsync(manifest, destination, cancellationToken);
    }

    /// <summary>Reads a manifest up to the end of the stream, which stays open.</summary>
    /// <exception cref="StorageException">
    /// Corrupt if the document is damaged, truncated or says what no program of ours writes; Unsupported if it is whole
    /// and of a newer format.
    /// </exception>
    public static ValueTask<BackupManifest> ReadAsync(Stream source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        return ManifestReader.ReadAsync(source, cancellationToken);
    }
}
