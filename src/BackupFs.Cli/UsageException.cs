namespace BackupFs.Cli;

/// <summary>The command line makes no sense; the message names what was given and what is accepted.</summary>
internal sealed class UsageException : Exception
{
    /// <summary>With a sentence and, where it is known, the verb whose help explains more.</summary>
    public UsageException(string message, string? verb = null)
        : base(message) => Verb = verb;

    /// <summary>The verb that was meant, or null.</summary>
    public string? Verb { get; }
}
