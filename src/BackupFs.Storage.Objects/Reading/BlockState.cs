namespace BackupFs.Storage.Objects;

/// <summary>What became of a <see cref="Block"/>.</summary>
internal enum BlockState
{
    /// <summary>On its way.</summary>
    Loading,

    /// <summary>In memory, and verified.</summary>
    Loaded,

    /// <summary>Not to be had now; <see cref="Block.Error"/> says why.</summary>
    Failed,

    /// <summary>Fetched twice, and not what was stored; <see cref="Block.Error"/> says which bytes.</summary>
    Corrupt,

    /// <summary>Nobody wanted it any more, or there was no memory for it yet. Who wants it asks for it again.</summary>
    GivenUp,

    /// <summary>There is no memory for a block of this size as a whole; it has to be read piece by piece.</summary>
    TooLarge,
}
