using System.Security.Cryptography;

namespace BackupFs.Storage.Gcs.Emulator;

/// <summary>A stored object.</summary>
internal sealed record EmulatedObject(string Name, byte[] Content, long Generation, DateTimeOffset Created)
{
    internal string Crc32C { get; } = Castagnoli.ToText(Content);

    internal string Md5 { get; } = Convert.ToBase64String(CryptographicOperations.HashData(HashAlgorithmName.MD5, Content));
}
