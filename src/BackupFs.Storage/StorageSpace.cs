namespace BackupFs.Storage;

/// <summary>The room a storage has, for df.</summary>
/// <param name="TotalBytes">Capacity.</param>
/// <param name="FreeBytes">Free, including what is reserved for the superuser.</param>
/// <param name="AvailableBytes">Free for ordinary users.</param>
/// <param name="TotalFiles">How many files can exist; 0 = no limit known.</param>
/// <param name="FreeFiles">How many more files can be made.</param>
/// <param name="BlockSize">Allocation unit in bytes.</param>
/// <param name="MaximumNameLength">Longest name in bytes.</param>
public readonly record struct StorageSpace(
    long TotalBytes, long FreeBytes, long AvailableBytes, long TotalFiles, long FreeFiles, int BlockSize, int MaximumNameLength);
