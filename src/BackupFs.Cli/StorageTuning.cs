using System.Globalization;
using BackupFs.Storage.Objects;

namespace BackupFs.Cli;

/// <summary>What bounds the transfers of an object storage, as options and the configuration file name it.</summary>
internal static class StorageTuning
{
    private const int MostRequests = 1000;

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["memory", "requests", "spool", "spool-size", "cache", "cache-size"];

    /// <summary>Sets one of them.</summary>
    /// <param name="options">What is set so far.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="value">As it was written.</param>
    /// <param name="directory">What relative paths are relative to; absolute.</param>
    /// <param name="refuse">Makes the error, of what would be accepted.</param>
    public static ObjectStorageOptions With(
        ObjectStorageOptions options, string name, string value, string directory, Func<string, Exception> refuse)
    {
        return name switch
        {
            "memory" => options with { Memory = Memory() },
            "requests" => options with { Requests = Requests() },
            "spool" => options with { SpoolDirectory = Directory() },
            "spool-size" => options with { SpoolBytes = Size() },
            "cache" => options with { CacheDirectory = Directory() },
            "cache-size" => options with { CacheBytes = Size() },
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "not a name of tuning"),
        };

        long Size() => ByteSize.TryParse(value, out var bytes) ? bytes : throw refuse(ByteSize.Accepted);

        long Memory() => Size() is var bytes && bytes >= ObjectStorageOptions.MinimumMemory
            ? bytes
            : throw refuse($"at least {ObjectStorageOptions.MinimumMemory >> 20}MiB");

        int Requests() =>
            int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var requests) && requests is >= 1 and <= MostRequests
                ? requests
                : throw refuse(string.Create(CultureInfo.InvariantCulture, $"a number from 1 to {MostRequests}"));

        string Directory()
        {
            var path = value.Length == 0 ? throw refuse("an existing directory") : Path.GetFullPath(value, directory);
            return System.IO.Directory.Exists(path) ? path : throw refuse("an existing directory");
        }
    }
}
