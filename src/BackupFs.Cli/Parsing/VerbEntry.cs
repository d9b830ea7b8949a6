using System.Reflection;
using BackupFs.Cli.Help;
using BackupFs.Cli.Verbs;
using CommandLine;

namespace BackupFs.Cli.Parsing;

/// <summary>One verb of the command line: its names, its options, and its help.</summary>
/// <param name="Type">The class that holds the options and does the work.</param>
/// <param name="Verb">Its name.</param>
/// <param name="Options">Its options, in the order of their declaration.</param>
/// <param name="Help">What its help says besides.</param>
internal sealed record VerbEntry(Type Type, VerbAttribute Verb, IReadOnlyList<VerbOption> Options, HelpPage Help)
{
    /// <summary>All verbs, in the order in which help lists them.</summary>
    public static IReadOnlyList<VerbEntry> All { get; } =
    [
        Of<MountVerb>(), Of<UnmountVerb>(), Of<ListVerb>(), Of<StatusVerb>(), Of<EndVerb>(), Of<AbortVerb>(), Of<ResumeVerb>(),
        Of<AcceptVerb>(), Of<RemoveVerb>(), Of<VerifyVerb>(), Of<ChecksumsVerb>(), Of<MountDaemonVerb>(),
    ];

    /// <summary>The verb's name.</summary>
    public string Name => Verb.Name;

    /// <summary>Its name and aliases.</summary>
    public IEnumerable<string> Names => [Verb.Name, .. Verb.Aliases ?? []];

    /// <summary>The verb of that name or alias, or null.</summary>
    public static VerbEntry? Find(string name) => All.FirstOrDefault(verb => verb.Names.Contains(name, StringComparer.Ordinal));

    private static VerbEntry Of<T>()
        where T : IDocumentedVerb, new() =>
        new(
            typeof(T),
            typeof(T).GetCustomAttribute<VerbAttribute>()!,
            [
                .. from property in typeof(T).GetProperties()
                   let option = property.GetCustomAttribute<OptionAttribute>()
                   where option is not null
                   select new VerbOption(option, property.PropertyType != typeof(bool)),
            ],
            T.Help);
}

/// <summary>An option of a verb.</summary>
/// <param name="Attribute">Its names and help.</param>
/// <param name="TakesValue">False for a switch.</param>
internal sealed record VerbOption(OptionAttribute Attribute, bool TakesValue);
