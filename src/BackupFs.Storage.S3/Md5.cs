using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace BackupFs.Storage.S3;

/// <summary>MD5, which the protocol uses to find transmission errors; nothing is kept secret or authentic by it.</summary>
[SuppressMessage("Security", "CA5351", Justification = "The protocol asks for MD5, against accidents only.")]
internal static class Md5
{
    /// <summary>The hash of some bytes.</summary>
    internal static byte[] Of(ReadOnlySpan<byte> bytes) => MD5.HashData(bytes);

    /// <summary>The hash of a body, without copying it.</summary>
    internal static byte[] Of(ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment)
        {
            return MD5.HashData(body.FirstSpan);
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        foreach (var segment in body)
        {
            hash.AppendData(segment.Span);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>The MD5 that an entity tag is; null if it is something else.</summary>
    internal static byte[]? FromTag(string tag)
    {
        if (tag.Length != 2 * MD5.HashSizeInBytes)
        {
            return null;
        }

        var bytes = new byte[MD5.HashSizeInBytes];
        return Convert.FromHexString(tag, bytes, out _, out _) == OperationStatus.Done ? bytes : null;
    }

    /// <summary>An entity tag as S3 makes it of an MD5.</summary>
    internal static string ToTag(ReadOnlySpan<byte> md5) => Convert.ToHexStringLower(md5);
}
