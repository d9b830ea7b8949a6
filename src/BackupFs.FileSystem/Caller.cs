namespace BackupFs.FileSystem;

/// <summary>Who asks.</summary>
/// <param name="Id">What <see cref="IWriterObserver"/> understands: on Linux the thread id; 0 = unknown.</param>
/// <param name="UserId">The caller's user number; null where the platform has none.</param>
/// <param name="GroupId">The caller's group number.</param>
public readonly record struct Caller(uint Id, uint? UserId = null, uint? GroupId = null);
