using System.Text.Json;
using System.Text.Json.Serialization;

namespace BackupFs.Storage.Objects;

/// <summary>What is kept of an open backup besides its objects, so that it can be resumed after a crash.</summary>
internal sealed record JournalDocument
{
    /// <summary>The version this program writes.</summary>
    internal const int CurrentFormat = 1;

    /// <summary>Format version.</summary>
    public required int Format { get; init; }

    /// <summary>When the backup was started.</summary>
    public required Timestamp Started { get; init; }

    /// <summary>All entries, ordered by path; the root first.</summary>
    public required IReadOnlyList<JournalEntry> Entries { get; init; }

    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, JournalContext.Default.JournalDocument);

    /// <summary>Null for bytes that are no journal of a format we know.</summary>
    internal static JournalDocument? Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, JournalContext.Default.JournalDocument) is { Format: CurrentFormat } document
                && document.Entries.Count > 0
                && document.Entries[0] is { Path: "", Type: EntryType.Directory }
                ? document
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>One entry.</summary>
internal sealed record JournalEntry
{
    /// <summary>Path within the backup.</summary>
    public required string Path { get; init; }

    /// <summary>The kind.</summary>
    public required EntryType Type { get; init; }

    /// <summary>0..0o7777.</summary>
    public required int Mode { get; init; }

    /// <summary>Owner.</summary>
    public required uint UserId { get; init; }

    /// <summary>Group.</summary>
    public required uint GroupId { get; init; }

    /// <summary>Last change of the content.</summary>
    public required Timestamp ModifyTime { get; init; }

    /// <summary>Of device nodes.</summary>
    public uint Device { get; init; }

    /// <summary>Of symbolic links.</summary>
    public byte[]? Target { get; init; }

    /// <summary>The path of the first entry that is the same file.</summary>
    public string? HardLinkTo { get; init; }

    /// <summary>Extended attributes.</summary>
    public IReadOnlyDictionary<string, byte[]>? Attributes { get; init; }

    /// <summary>Where the content is; null if it was never stored.</summary>
    public StoredObject? Object { get; init; }

    /// <summary>The content cannot be trusted after a crash.</summary>
    public bool IsUnfinished { get; init; }

    /// <summary>That goes for an object newer than the journal, too: it was not stored by a close.</summary>
    public bool IsPartial { get; init; }
}

[JsonSourceGenerationOptions(
    UseStringEnumConverter = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JournalDocument))]
internal sealed partial class JournalContext : JsonSerializerContext;
