namespace BackupFs.Storage;

/// <summary>How an extended attribute is set, as setxattr(2)'s flags say.</summary>
public enum AttributeSetMode
{
    /// <summary>Create it or replace its value.</summary>
    CreateOrReplace,

    /// <summary>Fail with <see cref="StorageErrorKind.AlreadyExists"/> if it exists.</summary>
    Create,

    /// <summary>Fail with <see cref="StorageErrorKind.NoAttribute"/> if it does not.</summary>
    Replace,
}
