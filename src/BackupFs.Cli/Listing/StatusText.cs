using System.Globalization;

namespace BackupFs.Cli.Listing;

/// <summary>The control attribute <see cref="FileSystem.ControlAttributes.Status"/>: one <c>key: value</c> a line.</summary>
internal sealed class StatusText
{
    private StatusText(IReadOnlyList<KeyValuePair<string, string>> entries) => Entries = entries;

    /// <summary>All of it, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Entries { get; }

    /// <summary>When the backup was started, if it says.</summary>
    public DateTimeOffset? Started =>
        DateTimeOffset.TryParse(Value("started"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>How many files, if it says.</summary>
    public long? Files => Number("files");

    /// <summary>How many bytes, if it says.</summary>
    public long? Bytes => Number("bytes");

    /// <summary>Reads it; null gives an empty one.</summary>
    public static StatusText Parse(string? text) => new(
    [
        .. from line in (text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)
           let colon = line.IndexOf(':', StringComparison.Ordinal)
           where colon > 0
           select KeyValuePair.Create(line[..colon].Trim(), line[(colon + 1)..].Trim()),
    ]);

    private string? Value(string key) => Entries.Where(entry => entry.Key == key).Select(entry => entry.Value).FirstOrDefault();

    private long? Number(string key) =>
        long.TryParse(Value(key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
