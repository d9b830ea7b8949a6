namespace BackupFs.Cli.Mounting;

/// <summary>How this process leaves the terminal and session that it was started from.</summary>
internal interface IBackgroundProcess
{
    /// <summary>Begins a session of its own: the terminal's Ctrl-C and hang-up do not reach it any longer.</summary>
    void LeaveSession();

    /// <summary>Gives up the standard streams, so that nobody waits for their end, and the current directory.</summary>
    void LeaveStandardStreams();
}
