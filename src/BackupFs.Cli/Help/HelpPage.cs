namespace BackupFs.Cli.Help;

/// <summary>What the help of a verb says besides its options.</summary>
/// <param name="Usage">The ways to write it, without <c>backupfs</c>.</param>
/// <param name="Description">Paragraphs, wrapped by the writer.</param>
/// <param name="Examples">Commands, and what they do.</param>
internal sealed record HelpPage(IReadOnlyList<string> Usage, IReadOnlyList<string> Description, IReadOnlyList<HelpExample> Examples);

/// <summary>An example of a command.</summary>
/// <param name="Command">The whole line.</param>
/// <param name="Meaning">What it does.</param>
internal sealed record HelpExample(string Command, string Meaning);
