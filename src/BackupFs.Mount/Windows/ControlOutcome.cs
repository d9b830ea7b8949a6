namespace BackupFs.Mount.Windows;

/// <summary>How a question to a mount was answered.</summary>
internal enum ControlOutcome : byte
{
    /// <summary>As asked; values follow.</summary>
    Done = 1,

    /// <summary>There is no such attribute.</summary>
    Absent = 2,

    /// <summary>Refused; the reason follows, as a sentence.</summary>
    Refused = 3,
}
