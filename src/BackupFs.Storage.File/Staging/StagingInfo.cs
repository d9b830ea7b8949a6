using System.Text.Json;
using System.Text.Json.Serialization;

namespace BackupFs.Storage.File.Staging;

/// <summary>Who staged a backup, as <c>info.json</c> keeps it.</summary>
/// <param name="Directory">The directory the backup will be in.</param>
/// <param name="Name">Its name there.</param>
/// <param name="Host">The host that has or had it open.</param>
/// <param name="BootId">The boot of that host; another one means that the host went down since.</param>
/// <param name="ProcessId">The process that has or had it open.</param>
/// <param name="StartedSeconds">When it was started: seconds since the epoch.</param>
/// <param name="StartedNanoseconds">And nanoseconds.</param>
internal sealed record StagingInfo(
    string Directory, string Name, string Host, string BootId, int ProcessId, long StartedSeconds, uint StartedNanoseconds)
{
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";

    /// <summary>When it was started.</summary>
    [JsonIgnore]
    public Timestamp Started => new(StartedSeconds, StartedNanoseconds);

    /// <summary>Whether it was this host that had it open.</summary>
    [JsonIgnore]
    public bool IsOfThisHost => Host == Environment.MachineName;

    /// <summary>Whether what was written but not fsynced may be lost: the host went down since, or it is another host.</summary>
    [JsonIgnore]
    public bool MayHaveLostWrites => BootId != CurrentBootId;

    private static string CurrentBootId { get; } = ReadBootId();

    /// <summary>For a backup started, or opened again, by this process.</summary>
    public static StagingInfo Create(string directory, string name, Timestamp started) => new(
        directory, name, Environment.MachineName, CurrentBootId, Environment.ProcessId, started.Seconds, started.Nanoseconds);

    /// <summary>As JSON.</summary>
    public byte[] Serialize() => JsonSerializer.SerializeToUtf8Bytes(this, StagingInfoContext.Default.StagingInfo);

    /// <summary>Null when the bytes are not what <see cref="Serialize"/> writes.</summary>
    public static StagingInfo? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var info = JsonSerializer.Deserialize(json, StagingInfoContext.Default.StagingInfo);
            return info is { Directory: not null, Name: not null, Host: not null, BootId: not null }
                && BackupPath.CheckBackup(info.Directory, info.Name) is null
                ? info
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Without /proc every process counts as a new boot, which errs on the safe side.</summary>
    private static string ReadBootId() =>
        System.IO.File.Exists(BootIdFile) ? System.IO.File.ReadAllText(BootIdFile).Trim() : Guid.NewGuid().ToString();
}

/// <summary>Source-generated serialization.</summary>
[JsonSerializable(typeof(StagingInfo))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class StagingInfoContext : JsonSerializerContext;
