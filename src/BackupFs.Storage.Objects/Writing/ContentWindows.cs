namespace BackupFs.Storage.Objects;

/// <summary>What of a file being written stays in memory, where it can be written again.</summary>
/// <param name="Head">Changed bytes up to which a file is kept whole: nothing of it is sent before its first flush.</param>
/// <param name="Tail">Of a larger file, the last bytes written that are kept; a multiple of a granule.</param>
/// <param name="Part">Bytes of the first parts; also what is put in one request.</param>
/// <param name="PartsInFlight">Parts of one file being uploaded at a time, at most.</param>
internal sealed record ContentWindows(long Head, long Tail, long Part, int PartsInFlight)
{
    /// <summary>
    /// 24 MiB: pg_basebackup fills 16 MiB with zeros, seeks to the start and writes again. 8 MiB: archivers patch the header
    /// of what they wrote last. Six parts keep a line of 1 Gbit/s and 300 ms busy.
    /// </summary>
    internal static ContentWindows Default { get; } = new(24L << 20, 8L << 20, ObjectStorageOptions.DefaultPartSize, 6);
}
