namespace BackupFs.Storage;

/// <summary>What fallocate(2) is asked for.</summary>
public enum AllocateMode
{
    /// <summary>Reserve space and grow the file if the range ends beyond it.</summary>
    Extend,

    /// <summary>Reserve space, keep the size.</summary>
    KeepSize,

    /// <summary>Make the range a hole, keep the size.</summary>
    PunchHole,

    /// <summary>Make the range read as zeros, growing the file if it ends beyond it.</summary>
    ZeroRange,

    /// <summary>Make the range read as zeros, keep the size.</summary>
    ZeroRangeKeepSize,
}
