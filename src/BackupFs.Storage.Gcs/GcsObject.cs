using System.Globalization;
using System.Text.Json;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Gcs;

/// <summary>An object as the JSON API describes it ("Objects: resource representation").</summary>
/// <param name="Name">With the root.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Generation">Another one for every content.</param>
/// <param name="Crc32C">As <see cref="Gcs.Crc32C.ToText"/> writes it; null where the answer does not have it.</param>
/// <param name="Created">When this generation was stored.</param>
internal sealed record GcsObject(string Name, long Size, string Generation, string? Crc32C, DateTimeOffset Created)
{
    /// <summary>The members that are asked for.</summary>
    internal const string Fields = "name,size,generation,crc32c,timeCreated";

    /// <summary>Reads one.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    internal static GcsObject Read(JsonElement json) => new(
        Text(json, "name") ?? throw Malformed("name"),
        long.TryParse(Text(json, "size"), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : throw Malformed("size"),
        Text(json, "generation") ?? throw Malformed("generation"),
        Text(json, "crc32c"),
        DateTimeOffset.TryParse(Text(json, "timeCreated"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var created)
            ? created
            : throw Malformed("timeCreated"));

    /// <summary>A member that is a string; null if it is not there.</summary>
    internal static string? Text(JsonElement json, string member) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>As the object store shows it.</summary>
    internal ObjectInfo ToInfo(KeyRoot root) => new(root.Strip(Name), Size, Generation, Timestamp.From(Created));

    private static FormatException Malformed(string member) => new($"the object's '{member}' is missing or malformed");
}
