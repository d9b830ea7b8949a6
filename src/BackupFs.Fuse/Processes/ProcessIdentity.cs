namespace BackupFs.Fuse.Processes;

/// <summary>What a process is called, as of one look at it; replaced as a whole when it runs another program.</summary>
/// <param name="Comm">The kernel's name of it (at most 15 bytes).</param>
/// <param name="Program">For messages: the same, in full where the kernel's name is cut short.</param>
/// <param name="CommandDigest">SHA-256, hexadecimal, of command line, working directory and executable; null if unknown.</param>
internal sealed record ProcessIdentity(string Comm, string Program, string? CommandDigest)
{
    /// <summary>A process that cannot be read.</summary>
    internal static ProcessIdentity Unknown { get; } = new("", "unknown", null);
}
