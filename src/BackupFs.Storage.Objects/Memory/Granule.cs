namespace BackupFs.Storage.Objects;

/// <summary>One MiB of a <see cref="MemoryBudget"/>; disposing it, once, gives it back. Its first content is undefined.</summary>
internal sealed class Granule : IDisposable
{
    /// <summary>The bytes, <see cref="MemoryBudget.GranuleBytes"/> of them.</summary>
    internal Memory<byte> Memory => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}
