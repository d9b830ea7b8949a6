using System.Globalization;

namespace BackupFs.Cli.Mounting;

/// <summary>Waits for the end of a process that is not our child.</summary>
/// <param name="processId">Its number.</param>
/// <param name="startTime">When it started, in the kernel's clock ticks: tells it from a later one of the same number.</param>
internal sealed class ProcessWait(int processId, string startTime)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Remembers a process that runs now; null if there is none.</summary>
    public static ProcessWait? For(string? processId) =>
        int.TryParse(processId, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && StartTime(number) is { } startTime
            ? new ProcessWait(number, startTime)
            : null;

    /// <summary>Returns when it is gone.</summary>
    public async Task WaitAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        while (StartTime(processId) == startTime)
        {
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    // proc_pid_stat(5): the name (field 2) is in parentheses and may hold anything; the start time is field 22. A zombie
    // (state Z, field 3) has ended.
    private static string? StartTime(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : fields[19];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
