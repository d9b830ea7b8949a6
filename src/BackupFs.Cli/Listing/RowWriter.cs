using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using BackupFs.Storage;
using Spectre.Console;

namespace BackupFs.Cli.Listing;

/// <summary>Writes a list of backups: a table for people, tab-separated lines for programs, or JSON.</summary>
internal static class RowWriter
{
    /// <summary>How this program writes JSON.</summary>
    public static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes it.</summary>
    public static void Write(IReadOnlyList<BackupRow> rows, CommandContext context, bool asJson)
    {
        if (asJson)
        {
            context.Output.WriteLine(JsonSerializer.Serialize(rows, Json));
        }
        else if (context.IsOutputTerminal)
        {
            WriteTable(rows, context.Output);
        }
        else
        {
            foreach (var row in rows)
            {
                context.Output.WriteLine(string.Join('\t', BackupPath.Printable(row.Path), row.State, Time(row.Started, "yyyy-MM-dd'T'HH:mm:ss'Z'"), Number(row.Files), Number(row.Bytes)));
            }
        }
    }

    private static void WriteTable(IReadOnlyList<BackupRow> rows, TextWriter output)
    {
        var table = new Table().Border(TableBorder.None);
        table.AddColumns("NAME", "STATE", "STARTED (UTC)");
        table.AddColumn(new TableColumn("FILES").RightAligned());
        table.AddColumn(new TableColumn("SIZE").RightAligned());
        foreach (var row in rows)
        {
            table.AddRow(
                Markup.Escape(BackupPath.Printable(row.Path)),
                Markup.Escape(row.State),
                Time(row.Started, "yyyy-MM-dd HH:mm:ss"),
                Number(row.Files),
                row.Bytes is { } bytes ? ByteCount.Format(bytes) : "-");
        }

        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }).Write(table);
    }

    private static string Time(DateTimeOffset? time, string format) =>
        time?.UtcDateTime.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
