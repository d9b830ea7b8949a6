namespace BackupFs.Fuse;

/// <summary>A point in time as the kernel counts it.</summary>
/// <param name="Seconds">Seconds since 1970-01-01 UTC; may be negative.</param>
/// <param name="Nanoseconds">0 to 999,999,999.</param>
public readonly record struct FuseTime(long Seconds, uint Nanoseconds);
