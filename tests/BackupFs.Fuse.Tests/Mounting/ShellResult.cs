namespace BackupFs.Fuse.Tests.Mounting;

/// <summary>How a command ended, and what it wrote to both outputs.</summary>
internal sealed record ShellResult(int ExitCode, string Output);
