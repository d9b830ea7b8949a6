using System.Text.Json.Nodes;

namespace BackupFs.Storage.Gcs.Emulator;

/// <summary>An answer.</summary>
internal sealed record ApiAnswer(int Status, ReadOnlyMemory<byte> Body, params (string Name, string Value)[] Headers)
{
    internal static ApiAnswer Json(int status, JsonNode body, params (string Name, string Value)[] headers) => new(
        status, System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()), [("Content-Type", "application/json; charset=UTF-8"), .. headers]);

    internal static ApiAnswer Of(ApiError error) => Json(error.Status, new JsonObject
    {
        ["error"] = new JsonObject
        {
            ["code"] = error.Status,
            ["message"] = error.Message,
            ["errors"] = new JsonArray(new JsonObject { ["message"] = error.Message, ["domain"] = "global", ["reason"] = error.Reason }),
        },
    });
}
