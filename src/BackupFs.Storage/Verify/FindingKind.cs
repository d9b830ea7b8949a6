namespace BackupFs.Storage;

/// <summary>What is wrong with an entry of a backup.</summary>
public enum FindingKind
{
    /// <summary>It is in the manifest and not in the storage.</summary>
    Missing,

    /// <summary>It is in the storage and not in the manifest.</summary>
    Extra,

    /// <summary>It is of another type.</summary>
    Type,

    /// <summary>The file has another size.</summary>
    Size,

    /// <summary>A range of the content is not what was stored.</summary>
    Content,

    /// <summary>Every block matches, and yet the SHA-256 of the whole does not: the manifest contradicts itself.</summary>
    Sha256,

    /// <summary>It could not be read.</summary>
    Unreadable,

    /// <summary>A symbolic link has another target.</summary>
    Target,

    /// <summary>Another mode.</summary>
    Mode,

    /// <summary>Another owner or group.</summary>
    Owner,

    /// <summary>Another modification time.</summary>
    ModifyTime,

    /// <summary>Another device number.</summary>
    Device,

    /// <summary>An extended attribute is missing, added or different.</summary>
    ExtendedAttribute,

    /// <summary>It should be the same file as another entry and is not, or the other way round.</summary>
    HardLink,

    /// <summary>The manifest is damaged.</summary>
    Manifest,
}
