namespace BackupFs.Storage;

/// <summary>What a rename does when the new name is taken.</summary>
public enum RenameMode
{
    /// <summary>Replaces what is there, as rename(2) does.</summary>
    Replace,

    /// <summary>Fails with <see cref="StorageErrorKind.AlreadyExists"/>.</summary>
    NoReplace,

    /// <summary>Swaps the two entries; both must exist.</summary>
    Exchange,
}
