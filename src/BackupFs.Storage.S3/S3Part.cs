using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Amazon.S3.Model;

namespace BackupFs.Storage.S3;

/// <summary>A part that the server has confirmed. Immutable.</summary>
/// <param name="Number">From 1 on.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Tag">Its entity tag, without quotes.</param>
/// <param name="IsOpaque">Whether the tag is no MD5, because of encryption.</param>
/// <param name="Confirmed">Its checksum of the kind configured, in Base64; null if there is none.</param>
internal sealed record S3Part(int Number, long Size, string Tag, bool IsOpaque, string? Confirmed)
{
    /// <summary>As the request wants it that completes the upload.</summary>
    internal PartETag ToPartETag(S3Checksum checksum) => new(Number, Tag)
    {
        ChecksumCRC32C = checksum == S3Checksum.Crc32C ? Confirmed : null,
        ChecksumCRC64NVME = checksum == S3Checksum.Crc64Nvme ? Confirmed : null,
        ChecksumSHA256 = checksum == S3Checksum.Sha256 ? Confirmed : null,
    };

    /// <summary>The entity tag that an object made of parts has: the MD5 of their MD5s, and how many they are. Null where that is not known.</summary>
    internal static string? TagOfAll(IReadOnlyList<S3Part> parts)
    {
        var sums = new byte[parts.Count * MD5.HashSizeInBytes];
        for (var i = 0; i < parts.Count; i++)
        {
            if (parts[i].IsOpaque || Md5.FromTag(parts[i].Tag) is not { } sum)
            {
                return null;
            }

            sum.CopyTo(sums, i * MD5.HashSizeInBytes);
        }

        return Md5.ToTag(Md5.Of(sums.AsSpan())) + "-" + parts.Count.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Whether a tag has the form of <see cref="TagOfAll"/>: only then there is something to compare.</summary>
    internal static bool IsTagOfParts(string tag)
    {
        var dash = tag.IndexOf('-', StringComparison.Ordinal);
        return dash > 0 && Md5.FromTag(tag[..dash]) is not null && int.TryParse(tag.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }

    /// <summary>Compares the checksum of a whole object with that of its parts, where the server tells one; null if it is the same.</summary>
    internal static StorageError? CompareWhole(in S3Subject subject, IReadOnlyList<S3Part> parts, S3Checksum kind, in ConfirmedChecksums confirmed)
    {
        if (kind is S3Checksum.Auto or S3Checksum.Md5 or S3Checksum.None)
        {
            return null;
        }

        var answer = confirmed.Of(kind);
        var expected = kind == S3Checksum.Crc64Nvme ? Crc64OfAll(parts) : ChecksumOfChecksums(parts, kind);
        return answer is null || expected is null ? BodyChecksum.Unconfirmed(subject, kind)
            : answer == expected ? null
            : S3Errors.Mismatch(subject, "the checksum of its parts") with { IsTransient = false };
    }

    private static string? Crc64OfAll(IReadOnlyList<S3Part> parts)
    {
        var whole = 0UL;
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        foreach (var part in parts)
        {
            if (part.Confirmed is null || !Convert.TryFromBase64String(part.Confirmed, bytes, out var count) || count != bytes.Length)
            {
                return null;
            }

            whole = Crc64Nvme.Combine(whole, BinaryPrimitives.ReadUInt64BigEndian(bytes), part.Size);
        }

        BinaryPrimitives.WriteUInt64BigEndian(bytes, whole);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>What S3 calls a composite checksum.</summary>
    private static string? ChecksumOfChecksums(IReadOnlyList<S3Part> parts, S3Checksum kind)
    {
        using var all = new MemoryStream();
        foreach (var part in parts)
        {
            if (part.Confirmed is null)
            {
                return null;
            }

            all.Write(Convert.FromBase64String(part.Confirmed));
        }

        var sum = BodyChecksum.Of(new System.Buffers.ReadOnlySequence<byte>(all.ToArray()), kind);
        return sum.Base64 + "-" + parts.Count.ToString(CultureInfo.InvariantCulture);
    }
}
