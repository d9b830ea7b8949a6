namespace BackupFs.WinFsp;

/// <summary>Parts of a security descriptor (SECURITY_INFORMATION).</summary>
[Flags]
public enum SecurityInformation : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The owner.</summary>
    Owner = 0x1,

    /// <summary>The group.</summary>
    Group = 0x2,

    /// <summary>The list of rights.</summary>
    Dacl = 0x4,

    /// <summary>The list of what is audited.</summary>
    Sacl = 0x8,

    /// <summary>The integrity label.</summary>
    Label = 0x10,
}
