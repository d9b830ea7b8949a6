using System.Text.Json;
using System.Text.Json.Serialization;

namespace BackupFs.Storage.Objects;

/// <summary>The content of an owner object: who has taken a backup's name, and what for.</summary>
internal sealed record OwnerRecord
{
    /// <summary>The version this program writes.</summary>
    internal const int CurrentFormat = 1;

    /// <summary>Format version.</summary>
    public required int Format { get; init; }

    /// <summary>Made anew for every start and resume.</summary>
    public required string Id { get; init; }

    /// <summary>The process.</summary>
    public required ProcessIdentity Process { get; init; }

    /// <summary>When the backup was started.</summary>
    public required Timestamp Started { get; init; }

    /// <summary>What goes on.</summary>
    public required OwnerPurpose Purpose { get; init; }

    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, OwnerRecordContext.Default.OwnerRecord);

    /// <summary>Null for bytes that are no owner's, or of a newer program.</summary>
    internal static OwnerRecord? Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, OwnerRecordContext.Default.OwnerRecord) is { Format: CurrentFormat } record ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>What an owner does with a backup.</summary>
internal enum OwnerPurpose
{
    /// <summary>Writes it.</summary>
    Write,

    /// <summary>Nothing any more: it can be resumed.</summary>
    Suspended,

    /// <summary>Removes it: what is left of it is not to be listed, and the removal can be finished by anybody.</summary>
    Remove,
}

[JsonSourceGenerationOptions(WriteIndented = true, UseStringEnumConverter = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OwnerRecord))]
internal sealed partial class OwnerRecordContext : JsonSerializerContext;
