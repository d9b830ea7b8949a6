using BackupFs.Cli.Help;

namespace BackupFs.Cli.Verbs;

/// <summary>A verb with its help.</summary>
internal interface IDocumentedVerb : IVerb
{
    /// <summary>What its help says besides the options.</summary>
    static abstract HelpPage Help { get; }
}
