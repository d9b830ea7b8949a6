using System.Buffers.Text;
using System.Text.Json;

namespace BackupFs.Storage;

/// <summary>
/// Reads a manifest line by line. A first problem stops the interpretation, not the reading: whether the document is damaged
/// or was written like that is known only once its checksum was compared.
/// </summary>
internal sealed class ManifestReader
{
    private readonly ManifestValidator _validator = new();
    private readonly List<ManifestEntry> _entries = [];
    private Section _section = Section.First;
    private int _format;
    private ManifestHead? _head;
    private bool _lastEntry;
    private string? _problem;

    private enum Section
    {
        First,
        Format,
        Backup,
        EntriesStart,
        Entries,
        Checksum,
    }

    internal static async ValueTask<BackupManifest> ReadAsync(Stream source, CancellationToken cancellationToken)
    {
        using var lines = new ManifestLines(source);
        var reader = new ManifestReader();
        while (true)
        {
            var line = await lines.NextAsync(cancellationToken).ConfigureAwait(false)
                ?? throw Damaged($"line {lines.Number} is longer than any line of a manifest");
            if (line.IsEmpty)
            {
                throw Damaged("it is truncated: it ends without its checksum");
            }

            if (line.Span.StartsWith(ManifestText.ChecksumPrefix))
            {
                CompareChecksum(line.Span, lines.FinishSum());
                var last = await lines.NextAsync(cancellationToken).ConfigureAwait(false) ?? default;
                var isLast = last.Span.SequenceEqual(ManifestText.LastLine);
                if (!isLast || (await lines.NextAsync(cancellationToken).ConfigureAwait(false)) is not { IsEmpty: true })
                {
                    throw Damaged("it does not end after its checksum as it should");
                }

                return reader.Finish();
            }

            lines.Sum(line.Span);
            reader.Interpret(line.Span, lines.Number);
        }
    }

    private static void CompareChecksum(ReadOnlySpan<byte> line, byte[] actual)
    {
        var expected = Convert.ToHexStringLower(actual);
        var stated = line[ManifestText.ChecksumPrefix.Length..];
        if (stated.Length != expected.Length + ManifestText.ChecksumSuffix.Length
            || !stated.EndsWith(ManifestText.ChecksumSuffix)
            || !System.Text.Ascii.Equals(stated[..expected.Length], expected))
        {
            throw Damaged("its checksum does not match its content");
        }
    }

    private BackupManifest Finish()
    {
        if (_problem is null && _format > BackupManifest.CurrentFormat)
        {
            throw new StorageException(
                StorageErrorKind.Unsupported,
                $"the manifest has format {_format}: it was written by a newer BackupFs; upgrade (this one reads up to format {BackupManifest.CurrentFormat})");
        }

        _problem ??= _section != Section.Checksum || _head is null ? "a part is missing" : _validator.CheckEnd();
        if (_problem is not null)
        {
            throw new StorageException(
                StorageErrorKind.Corrupt, $"the manifest is not one that BackupFs wrote, although its checksum is right: {_problem}");
        }

        return new BackupManifest
        {
            Format = _format,
            Started = _head!.Started,
            Ended = _head.Ended,
            Host = _head.Host,
            Notes = _head.Notes,
            Entries = _entries,
        };
    }

    private void Interpret(ReadOnlySpan<byte> line, int number)
    {
        if (_problem is not null || _format > BackupManifest.CurrentFormat)
        {
            return;
        }

        try
        {
            _problem = Next(line);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            // What the JSON reader throws for a wrong token, a wrong type or an invalid string or number.
            _problem = exception.Message;
        }

        if (_problem is not null)
        {
            _problem = $"line {number}: {_problem}";
        }
    }

    private string? Next(ReadOnlySpan<byte> line)
    {
        switch (_section)
        {
            case Section.First:
                _section = Section.Format;
                return line.SequenceEqual(ManifestText.FirstLine) ? null : "it does not start as a manifest does";
            case Section.Format:
                _section = Section.Backup;
                return ReadFormat(line);
            case Section.Backup:
                _section = Section.EntriesStart;
                if (!line.StartsWith(ManifestText.BackupPrefix) || !line.EndsWith(",\n"u8))
                {
                    return "the description of the backup is missing";
                }

                _head = ManifestHead.Parse(line[ManifestText.BackupPrefix.Length..^2]);
                return null;
            case Section.EntriesStart:
                _section = Section.Entries;
                return line.SequenceEqual(ManifestText.EntriesLine) ? null : "the entries are missing";
            case Section.Entries when line.SequenceEqual(ManifestText.EntriesEndLine):
                _section = Section.Checksum;
                return _lastEntry || _entries.Count == 0 ? null : "an entry is missing after a comma";
            case Section.Entries:
                return ReadEntry(line);
            case Section.Checksum:
            default:
                return "there is something between the entries and the checksum";
        }
    }

    private string? ReadFormat(ReadOnlySpan<byte> line)
    {
        var rest = line.StartsWith(ManifestText.FormatPrefix) ? line[ManifestText.FormatPrefix.Length..] : default;
        return Utf8Parser.TryParse(rest, out _format, out var used) && _format >= 1 && rest[0] is >= (byte)'1' and <= (byte)'9'
            && rest[used..].SequenceEqual(",\n"u8)
            ? null
            : "the format number is missing or makes no sense";
    }

    private string? ReadEntry(ReadOnlySpan<byte> line)
    {
        if (_lastEntry)
        {
            return "a comma is missing after an entry";
        }

        _lastEntry = !line.EndsWith(",\n"u8);
        var entry = ManifestEntryParser.Parse(line[..^(_lastEntry ? 1 : 2)]);
        if (_validator.Check(entry) is { } problem)
        {
            return problem;
        }

        _entries.Add(entry);
        return null;
    }

    private static StorageException Damaged(string problem) => new(
        StorageErrorKind.Corrupt,
        $"the manifest is damaged: {problem}. The files may be whole; restore {BackupManifest.FileName} from a copy, or read them without verification");
}
