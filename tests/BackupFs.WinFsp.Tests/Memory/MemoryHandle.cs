namespace BackupFs.WinFsp.Tests.Memory;

/// <summary>An open of a <see cref="MemoryNode"/>.</summary>
internal sealed class MemoryHandle(MemoryNode node) : WinFspHandle
{
    public MemoryNode Node { get; } = node;
}
