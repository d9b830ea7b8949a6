namespace BackupFs.Storage;

/// <summary>What a verification came to.</summary>
public enum VerificationOutcome
{
    /// <summary>Everything is as it was stored.</summary>
    Intact,

    /// <summary>Something is not; the findings say what.</summary>
    Damaged,

    /// <summary>The manifest itself is damaged or cannot be read: nothing else was checked.</summary>
    ManifestUnreadable,

    /// <summary>There is no manifest, as in a backup that something else stored: nothing to verify against.</summary>
    NoManifest,
}
