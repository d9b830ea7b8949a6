using BackupFs.FileSystem;

namespace BackupFs.Cli.Parsing;

/// <summary>The value of <c>--end</c>: <c>idle</c>, <c>idle:30s</c>, <c>manual</c> or <c>fsync</c>.</summary>
internal static class EndPolicyOption
{
    /// <summary>Reads it; the settle time is the default's where none is given.</summary>
    public static (EndPolicy Policy, TimeSpan SettleTime) Parse(string option, string? value)
    {
        const string Idle = "idle:";
        var usual = new FileSystemOptions();
        if (value is not null && value.StartsWith(Idle, StringComparison.Ordinal))
        {
            return Duration.TryParse(value[Idle.Length..], out var settleTime)
                ? (EndPolicy.Idle, settleTime)
                : throw OptionValue.Bad(option, value, $"idle: followed by {Duration.Accepted}");
        }

        return value switch
        {
            null => (usual.End, usual.SettleTime),
            "idle" => (EndPolicy.Idle, usual.SettleTime),
            "manual" => (EndPolicy.Manual, usual.SettleTime),
            "fsync" => (EndPolicy.Fsync, usual.SettleTime),
            _ => throw OptionValue.Bad(option, value, "idle:TIME (such as idle:30s), manual or fsync"),
        };
    }
}
