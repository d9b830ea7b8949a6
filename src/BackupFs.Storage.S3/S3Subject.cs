namespace BackupFs.Storage.S3;

/// <summary>What a request is about, for messages.</summary>
/// <param name="Verb">For example <c>reading</c>.</param>
/// <param name="Bucket">The bucket; <c>""</c> for none.</param>
/// <param name="Key">The key as the caller knows it; <c>""</c> for the bucket itself.</param>
internal readonly record struct S3Subject(string Verb, string Bucket, string Key)
{
    /// <inheritdoc/>
    public override string ToString() => Bucket.Length == 0 ? Verb : Key.Length == 0 ? $"{Verb} bucket '{Bucket}'" : $"{Verb} '{BackupPath.Printable(Key)}'";
}
