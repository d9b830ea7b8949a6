namespace BackupFs.Fuse;

/// <summary>Flags of setxattr(2).</summary>
[Flags]
public enum XattrSetFlags : uint
{
    /// <summary>Create or replace.</summary>
    None = 0,

    /// <summary>Fail with EEXIST if the attribute is there.</summary>
    Create = 1,

    /// <summary>Fail with ENODATA if it is not.</summary>
    Replace = 2,
}
