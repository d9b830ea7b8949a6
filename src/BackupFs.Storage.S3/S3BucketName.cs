namespace BackupFs.Storage.S3;

/// <summary>The rules for names of buckets (Amazon S3 User Guide, "General purpose bucket naming rules").</summary>
internal static class S3BucketName
{
    /// <summary>Whether a bucket may have this name.</summary>
    internal static bool IsValid(string name)
    {
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character) && character is not ('-' or '.'))
            {
                return false;
            }
        }

        return name.Length is >= 3 and <= 63 && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])
            && !name.Contains("..", StringComparison.Ordinal);
    }

    /// <summary>The bucket of a keyspace as Vitess's ceph plugin names it: lower case, <c>-</c> for <c>_</c>. Maybe not valid.</summary>
    internal static string OfKeyspace(string keyspace) => keyspace.ToLowerInvariant().Replace('_', '-');
}
