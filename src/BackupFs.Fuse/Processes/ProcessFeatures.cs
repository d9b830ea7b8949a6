namespace BackupFs.Fuse.Processes;

/// <summary>What newer kernels offer; a test turns them off to walk the paths that older kernels need.</summary>
/// <param name="ThreadDescriptors">pidfds of threads that tell their process (Linux 6.13).</param>
/// <param name="ExitInfo">A pidfd tells the wait status of a reaped process (Linux 6.15).</param>
internal sealed record ProcessFeatures(bool ThreadDescriptors, bool ExitInfo)
{
    /// <summary>Uses what there is.</summary>
    internal static ProcessFeatures All { get; } = new(ThreadDescriptors: true, ExitInfo: true);

    /// <summary>
    /// What a kernel of this version has. Whether threads have descriptors shows at each call; that the exit status is told
    /// shows only once a process was reaped, too late to have read it otherwise. A vendor's backport goes unnoticed, and the
    /// older way is taken.
    /// </summary>
    internal static ProcessFeatures Detect(Version kernel) =>
        new(ThreadDescriptors: true, ExitInfo: kernel >= new Version(6, 15));
}
