using System.Runtime.Versioning;
using BackupFs.WinFsp.Interop;

namespace BackupFs.WinFsp.Processes;

/// <summary>The processes that this one may look at.</summary>
[SupportedOSPlatform("windows")]
public sealed class LocalProcesses : IProcesses
{
    /// <inheritdoc/>
    public IProcess? TryOpen(uint processId) => NativeProcess.TryOpen(processId);

    /// <inheritdoc/>
    public uint ParentOf(uint processId)
    {
        using NativeProcess? child = NativeProcess.TryOpen(processId);
        using NativeProcess? parent = child is null ? null : NativeProcess.TryOpen(child.ParentId);

        // A number is given anew when its process is gone: what started later is not the parent.
        return parent is not null && parent.StartTime <= child!.StartTime ? parent.Id : 0;
    }
}
