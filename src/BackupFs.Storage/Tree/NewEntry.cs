namespace BackupFs.Storage;

/// <summary>What a new entry starts with.</summary>
/// <param name="Mode">Permission, set-id and sticky bits, the caller's umask already applied: 0..0o7777.</param>
/// <param name="UserId">The owner; null leaves it to the storage (the daemon's own).</param>
/// <param name="GroupId">The group; null leaves it to the storage. Ignored in a set-gid directory, whose group is inherited.</param>
public readonly record struct NewEntry(int Mode, uint? UserId = null, uint? GroupId = null);
