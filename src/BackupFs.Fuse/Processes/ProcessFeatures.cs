namespace BackupFs.Fuse.Processes;

/// <summary>What newer kernels offer; a test turns them off to walk the paths that older kernels need.</summary>
/// <param name="ThreadDescriptors">pidfds of threads that tell their process (Linux 6.13).</param>
/// <param name="ExitInfo">A pidfd tells the wait status of a reaped process (Linux 6.15).</param>
internal sealed record ProcessFeatures(bool ThreadDescriptors, bool ExitInfo)
{
    /// <summary>Uses what there is.</summary>
    internal static ProcessFeatures All { get; } = new(ThreadDescriptors: true, ExitInfo: true);

    /// <summary>
    /// What the running kernel has. Vendors backport, so a version too low only means that the older paths are taken as
    /// well; what is offered is used wherever it answers.
    /// </summary>
    internal static ProcessFeatures Detect(Version kernel) =>
        new(ThreadDescriptors: true, ExitInfo: kernel >= new Version(6, 15));
}
