using System.Security.Cryptography;
using System.Text;

namespace BackupFs.Storage;

/// <summary>
/// Where, below the root of a storage, it says that a backup is being written. Two kinds of storages can share a root, and each
/// looks for what the other has there: the file storage stages a backup in a directory, object storages claim its name.
/// </summary>
public static class ReservedPaths
{
    /// <summary>The directory of staged backups.</summary>
    public const string StagedFolder = BackupPath.ReservedName + "/open";

    /// <summary>The directory of claims, below <see cref="BackupPath.ReservedName"/>.</summary>
    public const string ClaimsFolder = "claims";

    /// <summary>The last segment of the path of a claim.</summary>
    public const string Owner = "owner";

    private const int KeyBytes = 16;

    /// <summary>The staging directory of a backup.</summary>
    public static string Staged(string directory, string name) => $"{StagedFolder}/{StagedKey(directory, name)}";

    /// <summary>Its last segment: the start of the SHA-256 of <c>dir/name</c>, in hexadecimal.</summary>
    public static string StagedKey(string directory, string name) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(BackupPath.Join(directory, name))).AsSpan(0, KeyBytes));

    /// <summary>What says who has claimed the name of a backup.</summary>
    public static string Claim(string directory, string name) =>
        $"{BackupPath.ReservedName}/{ClaimsFolder}/{EscapeDirectory(directory)}/{name}/{Owner}";

    /// <summary>A directory as one segment: <c>/</c> is written <c>=2F</c>, <c>=</c> is <c>=3D</c>, and no directory at all is <c>=</c>.</summary>
    public static string EscapeDirectory(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        return directory.Length == 0 ? "=" : new StringBuilder(directory).Replace("=", "=3D").Replace("/", "=2F").ToString();
    }

    /// <summary>The directory of such a segment; null for one that <see cref="EscapeDirectory"/> does not make.</summary>
    public static string? UnescapeDirectory(string segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        if (segment == "=")
        {
            return "";
        }

        var directory = segment.Replace("=2F", "/", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        return EscapeDirectory(directory) == segment ? directory : null;
    }
}
