namespace BackupFs.Storage.Gcs.Emulator;

/// <summary>A resumable upload.</summary>
internal sealed class UploadSession(string bucket, string name, long? ifGeneration, string? crc32c) : IDisposable
{
    internal string Bucket => bucket;

    internal string Name => name;

    internal long? IfGeneration => ifGeneration;

    internal string? Crc32C => crc32c;

    /// <summary>What is kept: multiples of 256 KiB until the end is there.</summary>
    internal MemoryStream Content { get; } = new();

    /// <summary>What it became.</summary>
    internal EmulatedObject? Made { get; set; }

    public void Dispose() => Content.Dispose();
}
