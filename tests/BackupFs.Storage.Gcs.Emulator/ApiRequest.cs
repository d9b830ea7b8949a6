namespace BackupFs.Storage.Gcs.Emulator;

/// <summary>A request, its parts decoded.</summary>
/// <param name="Method">For example <c>GET</c>.</param>
/// <param name="Path">Its segments; a slash in an object's name was <c>%2F</c> and is in one of them.</param>
/// <param name="Query">Its parameters.</param>
/// <param name="Headers">One value each.</param>
/// <param name="Body">What was received.</param>
/// <param name="IsWhole">Whether that is all of it; if not, the client is gone.</param>
/// <param name="Address">Where the emulator is, for addresses that it hands out.</param>
public sealed record ApiRequest(
    string Method,
    IReadOnlyList<string> Path,
    IReadOnlyDictionary<string, string> Query,
    IReadOnlyDictionary<string, string> Headers,
    ReadOnlyMemory<byte> Body,
    bool IsWhole,
    string Address)
{
    /// <summary>A parameter; null if it is not there.</summary>
    public string? Parameter(string name) => Query.GetValueOrDefault(name);

    internal string? Header(string name) => Headers.GetValueOrDefault(name);

    internal long? Number(string name) => Parameter(name) is not { } text ? null
        : long.TryParse(text, out var number) ? number
        : throw new ApiError(400, "invalidParameter", $"Invalid value for parameter {name}");
}
