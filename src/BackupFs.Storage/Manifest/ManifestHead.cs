using System.Text.Json;

namespace BackupFs.Storage;

/// <summary>What a manifest says of the backup as a whole, with its parser.</summary>
internal sealed class ManifestHead
{
    internal Timestamp Started { get; private set; }

    internal Timestamp Ended { get; private set; }

    internal string Host { get; private set; } = "";

    internal BackupNotes Notes { get; private set; } = BackupNotes.None;

    /// <exception cref="JsonException">It is not what the writer writes.</exception>
    internal static ManifestHead Parse(ReadOnlySpan<byte> text)
    {
        var reader = new ManifestToken(text);
        var head = new ManifestHead();
        List<WriterNote> writers = [];
        List<string> accepted = [];
        var members = new MemberSet();
        reader.StartObject();
        while (reader.NextMember(out var name))
        {
            members.Add(name);
            switch (name)
            {
                case ManifestText.Started:
                    head.Started = reader.Time();
                    break;
                case ManifestText.Ended:
                    head.Ended = reader.Time();
                    break;
                case ManifestText.Host:
                    head.Host = reader.String();
                    break;
                case ManifestText.Writers:
                    writers = ParseWriters(ref reader);
                    break;
                case ManifestText.Accepted:
                    accepted = ParseStrings(ref reader);
                    break;
                default:
                    throw ManifestToken.Unexpected(name);
            }
        }

        reader.End();
        members.Require(ManifestText.Started, ManifestText.Ended, ManifestText.Host, ManifestText.Writers, ManifestText.Accepted);
        head.Notes = writers.Count == 0 && accepted.Count == 0 ? BackupNotes.None : new BackupNotes(writers, accepted);
        return head;
    }

    private static List<WriterNote> ParseWriters(ref ManifestToken reader)
    {
        var notes = new List<WriterNote>();
        reader.StartArray();
        while (reader.NextObject())
        {
            string program = "", ending = "";
            var processId = 0;
            var members = new MemberSet();
            while (reader.NextMember(out var name))
            {
                members.Add(name);
                switch (name)
                {
                    case ManifestText.Program:
                        program = reader.String();
                        break;
                    case ManifestText.ProcessId:
                        processId = reader.Int32();
                        break;
                    case ManifestText.Ending:
                        ending = reader.String();
                        break;
                    default:
                        throw ManifestToken.Unexpected(name);
                }
            }

            members.Require(ManifestText.Program, ManifestText.ProcessId, ManifestText.Ending);
            notes.Add(new WriterNote(program, processId, ending));
        }

        return notes;
    }

    private static List<string> ParseStrings(ref ManifestToken reader)
    {
        var strings = new List<string>();
        reader.StartArray();
        while (reader.NextString(out var value))
        {
            strings.Add(value);
        }

        return strings;
    }
}
