using System.Buffers.Text;
using System.Text;
using BackupFs.Fuse.Interop;

namespace BackupFs.Fuse.Processes;

/// <summary>What procfs tells of a process without ever waiting for it. Stateless, thread-safe.</summary>
internal static class ProcessStatus
{
    private const int KernelThreadParent = 2;

    private static readonly bool KernelThreadsVisible = NameOf(KernelThreadParent) == "kthreadd";

    /// <summary>The kernel's name of the process; null when it is gone or hidden.</summary>
    internal static string? NameOf(int processId)
    {
        Span<byte> buffer = stackalloc byte[64];
        int count = ProcessFile.Read(processId, "comm"u8, buffer);
        return count > 0 ? Encoding.UTF8.GetString(buffer[..count].TrimEnd((byte)'\n')) : null;
    }

    /// <summary>
    /// Whether a thread has lost its memory, as it does early in its death, before its files are closed. False when it cannot be
    /// read. Allocates nothing.
    /// </summary>
    internal static bool IsTornDown(int threadId)
    {
        Span<byte> buffer = stackalloc byte[128];
        int count = ProcessFile.Read(threadId, "statm"u8, buffer);
        return count > 0 && buffer[..count].IndexOfAnyExcept("0 \n"u8) < 0;
    }

    /// <summary>The process a thread belongs to; 0 when unknown.</summary>
    internal static int GroupOf(int threadId) => Field(threadId, "Tgid:\t"u8);

    /// <summary>The parent; 0 when unknown or none.</summary>
    internal static int ParentOf(int processId) => Field(processId, "PPid:\t"u8);

    /// <summary>Kernel threads write back what programs wrote; they are nobody's writer.</summary>
    internal static bool IsKernelThread(int processId, int parentId) =>
        KernelThreadsVisible && (processId == KernelThreadParent || parentId == KernelThreadParent);

    private static int Field(int processId, ReadOnlySpan<byte> name)
    {
        // Both fields are among the first lines of some 1.5 KB.
        Span<byte> buffer = stackalloc byte[512];
        int count = ProcessFile.Read(processId, "status"u8, buffer);
        if (count <= 0)
        {
            return 0;
        }

        int at = buffer[..count].IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(buffer[(at + name.Length)..count], out int value, out _) ? value : 0;
    }
}
