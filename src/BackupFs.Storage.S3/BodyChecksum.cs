using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Amazon.S3.Model;

namespace BackupFs.Storage.S3;

/// <summary>The checksum of a body that is about to be sent. Immutable.</summary>
/// <param name="Kind">Which; <see cref="S3Checksum.Auto"/> does not occur.</param>
/// <param name="Value">The bytes, in the order of the protocol; empty for none.</param>
internal readonly record struct BodyChecksum(S3Checksum Kind, byte[] Value)
{
    /// <summary>As headers have it.</summary>
    internal string Base64 => Convert.ToBase64String(Value);

    /// <summary>Sums a body up, without copying it.</summary>
    internal static BodyChecksum Of(ReadOnlySequence<byte> body, S3Checksum kind) => kind switch
    {
        S3Checksum.Auto or S3Checksum.Md5 => new BodyChecksum(S3Checksum.Md5, Md5.Of(body)),
        S3Checksum.Crc32C => new BodyChecksum(kind, Crc32C(body)),
        S3Checksum.Crc64Nvme => new BodyChecksum(kind, Crc64(body)),
        S3Checksum.Sha256 => new BodyChecksum(kind, Sha256(body)),
        S3Checksum.None => new BodyChecksum(kind, []),
    };

    /// <summary>Puts it into a request.</summary>
    internal void AddTo(PutObjectRequest request)
    {
        switch (Kind)
        {
            case S3Checksum.Md5:
                request.MD5Digest = Base64;
                break;
            case S3Checksum.Crc32C:
                request.ChecksumCRC32C = Base64;
                break;
            case S3Checksum.Crc64Nvme:
                request.ChecksumCRC64NVME = Base64;
                break;
            case S3Checksum.Sha256:
                request.ChecksumSHA256 = Base64;
                break;
        }
    }

    /// <summary>Puts it into a request.</summary>
    internal void AddTo(UploadPartRequest request)
    {
        switch (Kind)
        {
            case S3Checksum.Md5:
                request.MD5Digest = Base64;
                break;
            case S3Checksum.Crc32C:
                request.ChecksumCRC32C = Base64;
                break;
            case S3Checksum.Crc64Nvme:
                request.ChecksumCRC64NVME = Base64;
                break;
            case S3Checksum.Sha256:
                request.ChecksumSHA256 = Base64;
                break;
        }
    }

    /// <summary>Compares with what the server confirmed; null if it is the same.</summary>
    /// <param name="subject">For the message.</param>
    /// <param name="tag">The entity tag; null where it is no MD5 of the content, because it is encrypted.</param>
    /// <param name="confirmed">The checksums of the answer.</param>
    internal StorageError? Compare(in S3Subject subject, string? tag, in ConfirmedChecksums confirmed)
    {
        if (Kind == S3Checksum.None)
        {
            return null;
        }

        if (Kind == S3Checksum.Md5)
        {
            return tag is null || Md5.FromTag(tag) is not { } stored || stored.AsSpan().SequenceEqual(Value)
                ? null
                : S3Errors.Mismatch(subject, "MD5");
        }

        var answer = confirmed.Of(Kind);
        return answer is null ? Unconfirmed(subject, Kind)
            : answer == Base64 ? null
            : S3Errors.Mismatch(subject, NameOf(Kind));
    }

    /// <summary>The server ignores the checksum: who asked for it must not believe that it was compared.</summary>
    internal static StorageError Unconfirmed(in S3Subject subject, S3Checksum kind) => new(
        StorageErrorKind.Unsupported, $"{subject}: the server does not confirm checksum={NameOf(kind)}; use checksum=auto");

    private static string NameOf(S3Checksum kind) => kind switch
    {
        S3Checksum.Auto => "auto",
        S3Checksum.Crc64Nvme => "crc64nvme",
        S3Checksum.Crc32C => "crc32c",
        S3Checksum.Sha256 => "sha256",
        S3Checksum.Md5 => "md5",
        S3Checksum.None => "none",
    };

    private static byte[] Crc32C(ReadOnlySequence<byte> body)
    {
        var crc = uint.MaxValue;
        foreach (var segment in body)
        {
            var bytes = segment.Span;
            var words = MemoryMarshal.Cast<byte, ulong>(bytes);
            foreach (var word in words)
            {
                crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
            }

            foreach (var value in bytes[(words.Length * sizeof(ulong))..])
            {
                crc = BitOperations.Crc32C(crc, value);
            }
        }

        var result = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(result, ~crc);
        return result;
    }

    private static byte[] Crc64(ReadOnlySequence<byte> body)
    {
        var crc = default(Crc64Nvme);
        foreach (var segment in body)
        {
            crc.Append(segment.Span);
        }

        var result = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(result, crc.Value);
        return result;
    }

    private static byte[] Sha256(ReadOnlySequence<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var segment in body)
        {
            hash.AppendData(segment.Span);
        }

        return hash.GetHashAndReset();
    }
}

/// <summary>The checksums of an answer, in Base64; null where there is none.</summary>
internal readonly record struct ConfirmedChecksums(string? Crc32C, string? Crc64Nvme, string? Sha256)
{
    /// <summary>The one of a kind.</summary>
    internal string? Of(S3Checksum kind) => kind switch
    {
        S3Checksum.Crc32C => NotEmpty(Crc32C),
        S3Checksum.Crc64Nvme => NotEmpty(Crc64Nvme),
        S3Checksum.Sha256 => NotEmpty(Sha256),
        S3Checksum.Auto or S3Checksum.Md5 or S3Checksum.None => null,
    };

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
