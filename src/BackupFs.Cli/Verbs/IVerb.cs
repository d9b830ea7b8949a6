namespace BackupFs.Cli.Verbs;

/// <summary>One command: its properties are its options, filled by the parser.</summary>
internal interface IVerb
{
    /// <summary>Does it. Expected failures are exceptions whose message is for the user; see <see cref="CommandLineProgram"/>.</summary>
    /// <returns>The exit status.</returns>
    Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken);
}
