using System.Text.Json;

namespace BackupFs.Storage;

/// <summary>Notices members of a JSON object that occur twice or are missing. There are few: a list will do.</summary>
internal struct MemberSet
{
    private List<string>? _names;

    internal void Add(string name)
    {
        if (Has(name))
        {
            throw new JsonException($"the member '{BackupPath.Printable(name)}' occurs twice");
        }

        (_names ??= new List<string>(12)).Add(name);
    }

    internal readonly bool Has(string name) => _names?.Contains(name) == true;

    internal readonly void Require(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!Has(name))
            {
                throw new JsonException($"the member '{name}' is missing");
            }
        }
    }
}
