namespace BackupFs.Storage;

/// <summary>What a storage can do beyond the contract, as data. Every member has to be declared by every storage.</summary>
/// <param name="RandomWrites">Open files take writes at any offset, in any order (perhaps only near the end of large files), and files can be opened again.</param>
/// <param name="Rename">Files and directories of an open backup are renamed without copying.</param>
/// <param name="LocalDescriptors"><see cref="IBackupFile.LocalDescriptor"/> is not null.</param>
/// <param name="RealDirectories">Directories above the backups exist by themselves, also when empty, and have attributes.</param>
/// <param name="LocalSpeed">Metadata operations take microseconds and complete synchronously.</param>
public sealed record StorageCapabilities(
    bool RandomWrites,
    bool Rename,
    bool LocalDescriptors,
    bool RealDirectories,
    bool LocalSpeed);
