namespace BackupFs.Fuse.Processes;

/// <summary>
/// When the reader of a pipe ends while a writer of it lives on with its end still open, the reader did not wait for the writer's
/// end: sshd behind a remote command, a CI runner behind its job. Whatever becomes of that writer later is no sign that what was
/// read was cut short, so it is no feeder any more.
/// </summary>
internal static class PipelineEnd
{
    /// <summary>Takes off the feeders of an ended process that did not end, nor let go of the pipe, before it.</summary>
    internal static void ReleaseFeeders(WatchedProcess ended)
    {
        foreach (WatchedProcess feeder in ended.DirectFeeders)
        {
            if (!feeder.Descriptor.IsEnded && PipeEnd.IsWriter(feeder.ProcessId, ended.InputPipe) && !feeder.Descriptor.IsEnded)
            {
                ended.RemoveFeeder(feeder);
            }
        }
    }
}
