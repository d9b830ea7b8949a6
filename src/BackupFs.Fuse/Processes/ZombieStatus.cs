using System.Buffers.Text;
using BackupFs.Fuse.Interop;

namespace BackupFs.Fuse.Processes;

/// <summary>
/// Reads the wait status of a process that is dying or dead but not reaped, from field 52 of /proc/PID/stat (proc(5)). Never for
/// a process that could be in execve(2): the read would wait until that is over.
/// </summary>
internal static class ZombieStatus
{
    private const int ErrorAccess = 13;

    /// <summary>The status of a zombie, or null: not a zombie any more, or not ours to know.</summary>
    internal static int? OfZombie(int processId) =>
        Read(processId, out byte state) is { } status && state is (byte)'Z' or (byte)'X' ? status : null;

    /// <summary>The status of a thread that has lost its memory (<see cref="ProcessStatus.IsTornDown"/>), or null.</summary>
    internal static int? OfTornDown(int threadId) => Read(threadId, out _);

    private static int? Read(int processId, out byte state)
    {
        state = 0;
        Span<byte> buffer = stackalloc byte[1024];
        int count = ProcessFile.Read(processId, "stat"u8, buffer);
        if (count <= 0)
        {
            return null;
        }

        // "PID (NAME) STATE ... STATUS\n"; the name may hold anything, so look from the last parenthesis.
        ReadOnlySpan<byte> text = buffer[..count].TrimEnd((byte)'\n');
        int name = text.LastIndexOf((byte)')');
        int last = text.LastIndexOf((byte)' ');
        if (name < 0 || name + 2 >= last || !Utf8Parser.TryParse(text[(last + 1)..], out int status, out _))
        {
            return null;
        }

        state = text[name + 2];

        // Who may not look is told 0. Whether we may shows in a link of the same process.
        return status != 0 || MayLook(processId) ? status : null;
    }

    private static bool MayLook(int processId)
    {
        Span<byte> target = stackalloc byte[1];
        return ProcessFile.ReadLink(processId, "exe"u8, target) != -ErrorAccess;
    }
}
