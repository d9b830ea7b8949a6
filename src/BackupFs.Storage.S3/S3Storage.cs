using Amazon.Runtime;
using BackupFs.Storage.Objects;
using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.S3;

/// <summary>Makes the object stores that speak S3. Nothing is contacted before the first request. Thread-safe.</summary>
public static class S3Storage
{
    /// <summary>One bucket: <c>s3://BUCKET[/ROOT]?…</c></summary>
    public const string S3Scheme = "s3";

    /// <summary>Ceph with a bucket for each keyspace, as Vitess has it: <c>ceph:///path/to/ceph_backup_config.json?…</c></summary>
    public const string CephScheme = "ceph";

    /// <summary>The store of an <see cref="S3Scheme"/> location.</summary>
    /// <param name="url">See <see cref="S3Options.Parse"/>. Credentials come from the standard chain: environment, profile, instance.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Numbers in 0..1 that spread repetitions; called by several threads.</param>
    /// <param name="logger">For repetitions.</param>
    /// <exception cref="StorageException">InvalidArgument: what is wrong with the location.</exception>
    public static IObjectStore OpenS3(StorageUrl url, TimeProvider time, Func<double> random, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(url);
        return OpenS3(S3Options.Parse(url, Environment.GetEnvironmentVariable), null, time, random, logger);
    }

    /// <summary>The store of a <see cref="CephScheme"/> location.</summary>
    /// <param name="url">Names the configuration file, which is read before the first request, and again after the store was closed.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Numbers in 0..1 that spread repetitions; called by several threads.</param>
    /// <param name="logger">For repetitions.</param>
    /// <exception cref="StorageException">What is wrong with the location or the file; without secrets.</exception>
    public static IObjectStore OpenCeph(StorageUrl url, TimeProvider time, Func<double> random, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(url);
        var configuration = CephConfiguration.Parse(url);
        var options = configuration.ReadOptions(out var credentials);
        return new CephObjectStore(new S3Requests(options, credentials, time, random, logger), url.ToString(), logger);
    }

    /// <summary>With credentials of the caller's; null for the standard chain.</summary>
    internal static IObjectStore OpenS3(S3Options options, AWSCredentials? credentials, TimeProvider time, Func<double> random, ILogger logger) =>
        new S3ObjectStore(new S3Requests(options, credentials, time, random, logger), $"{S3Scheme}://{options.Bucket}{options.Root}");
}
