using System.Text.Json;
using System.Text.Json.Serialization;

namespace BackupFs.Cli.Mounting;

/// <summary>What the background process says to the process that started it, one line of JSON.</summary>
/// <param name="Ready">The mount's description, when it answers.</param>
/// <param name="Error">Why there is no mount.</param>
/// <param name="Warnings">With <paramref name="Ready"/>: what was logged as a warning until then.</param>
internal sealed record BackgroundMessage(string? Ready = null, string? Error = null, IReadOnlyList<string>? Warnings = null)
{
    /// <summary>The answer to <see cref="Ready"/>: the other side was still there and heard it.</summary>
    public const string Acknowledgement = "go on";

    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Writes a message or request as one line.</summary>
    public static string ToLine<T>(T message) => JsonSerializer.Serialize(message, Json);

    /// <summary>Reads it; null if it is not one.</summary>
    public static T? FromLine<T>(string? line)
        where T : class
    {
        try
        {
            return line is null ? null : JsonSerializer.Deserialize<T>(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
