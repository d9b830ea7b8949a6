namespace BackupFs.Cli;

/// <summary>A command failed for a reason that the user can understand; the message says why and what to do.</summary>
internal sealed class CommandException : Exception
{
    /// <summary>With a sentence for the user and, if there was one, the cause.</summary>
    public CommandException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
