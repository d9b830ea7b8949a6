namespace BackupFs.Fuse.Transport;

/// <summary>The channel of a slot that never held a request.</summary>
internal sealed class ClosedChannel : IFuseChannel
{
    internal static readonly ClosedChannel Instance = new();

    public Errno Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body) => Errno.ENODEV;
}
