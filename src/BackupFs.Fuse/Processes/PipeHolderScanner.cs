using BackupFs.Fuse.Interop;
using Microsoft.Extensions.Logging;

namespace BackupFs.Fuse.Processes;

/// <summary>
/// One look at all processes for descriptors that write into pipes. Reads only what never blocks, and only what we may. Nearest
/// numbers first: the stages of a pipeline were forked next to each other, and one of them may end at any moment.
/// </summary>
internal sealed class PipeHolderScanner(TimeSpan limit, TimeProvider time, ILogger logger)
{
    private const int MostProcesses = 20_000;
    private const int MostDescriptors = 4_096; // of one process, the lowest; a pipeline's are 0, 1 and 2
    private const int MostHolders = 2_000; // each keeps a descriptor open until the look is over
    private const int MostLooks = 4; // at one process, while its descriptors change

    /// <summary>Looks, beginning near the given processes; what could not be seen in the time is missing, and that is logged.</summary>
    internal PipeHolders Scan(List<int> near)
    {
        long start = time.GetTimestamp();
        List<int> processes = [];
        ProcessFile.ListNumbers(0, ""u8, processes);
        processes.RemoveAll(static id => id == Environment.ProcessId);
        SortByDistance(processes, near);

        PipeHolders found = new();
        List<int> descriptors = [];
        int scanned = 0;
        int held = 0;
        foreach (int processId in processes)
        {
            if (scanned >= MostProcesses || held >= MostHolders || time.GetElapsedTime(start) > limit)
            {
                ProcessWatcherLog.FeederSearchCutOff(logger, near[0], scanned, processes.Count);
                break;
            }

            scanned++;
            if (Look(processId, descriptors) is { } holder)
            {
                found.Add(holder);
                held++;
            }
        }

        return found;
    }

    private static PipeHolder? Look(int processId, List<int> descriptors)
    {
        ProcessFile.ListNumbers(processId, "fd"u8, descriptors);
        if (descriptors.Count == 0)
        {
            return null; // a kernel thread, a zombie, or not ours to see
        }

        // First the pidfd, then the look that counts: if the process is replaced in between, both are of the new one.
        ProcessDescriptor? process = ProcessDescriptor.TryOpen(processId, out _);
        if (process is null)
        {
            return null;
        }

        // A shell's child puts the pipe to its standard output and closes the descriptor it came by: between the looks at these two
        // neither may have been the pipe. So again, while descriptors change; what was seen once counts, also of one that dies.
        List<PipeEnd>? writes = null;
        List<int> before = [];
        for (int looks = 0; looks < MostLooks && !descriptors.SequenceEqual(before); looks++)
        {
            foreach (int descriptor in descriptors.Take(MostDescriptors))
            {
                if (PipeEnd.Of(processId, descriptor) is { Writes: true } end && writes?.Contains(end) != true)
                {
                    (writes ??= []).Add(end);
                }
            }

            before = [.. descriptors];
            ProcessFile.ListNumbers(processId, "fd"u8, descriptors);
        }

        if (writes is null)
        {
            process.Dispose();
            return null;
        }

        return new PipeHolder(processId, ProcessStatus.ParentOf(processId), process, ProcessStatus.NameOf(processId), writes);
    }

    private static void SortByDistance(List<int> processes, List<int> near)
    {
        int[] sorted = [.. near.Order()];
        processes.Sort((first, second) => Distance(first, sorted).CompareTo(Distance(second, sorted)));
    }

    private static int Distance(int processId, int[] sorted)
    {
        int at = Array.BinarySearch(sorted, processId);
        if (at >= 0)
        {
            return 0;
        }

        int above = ~at;
        int distance = above < sorted.Length ? sorted[above] - processId : int.MaxValue;
        return above > 0 ? Math.Min(distance, processId - sorted[above - 1]) : distance;
    }
}
