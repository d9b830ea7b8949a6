namespace BackupFs.Storage.Objects;

/// <summary>
/// The parameters of a location that say how files are uploaded. Every object storage has them, and the same code obeys them
/// above all stores; so stores know their names, and leave them alone.
/// </summary>
public static class UploadParameters
{
    private const string PartSize = "part-size", Parallelism = "upload-parallelism", Clamp = "clamp";

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [PartSize, Parallelism, Clamp];

    /// <summary>Options with what a location says. Whether store and memory allow it is for <see cref="ObjectStorage"/> to tell.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    public static ObjectStorageOptions Apply(StorageUrl url, ObjectStorageOptions options)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(options);
        var parameters = new LocationParameters(url);
        var clamps = parameters.Switch(Clamp);
        var most = clamps ? int.MaxValue : ObjectStorageOptions.MaximumUploadParallelism;
        return options with
        {
            PartSize = parameters.Size(PartSize, options.PartSize),
            UploadParallelism = parameters.Count(Parallelism, options.UploadParallelism, most, minimum: 1),
            ClampsUploads = clamps,
        };
    }
}
