using System.Globalization;
using BackupFs.Cli.Configuration;
using BackupFs.Storage;
using BackupFs.Storage.Objects;

namespace BackupFs.Cli.Parsing;

/// <summary>The location of a storage that Vitess's flags describe, as a URL of ours or a path.</summary>
/// <param name="flag">The value of a flag by its name with underscores; null if it is absent.</param>
/// <param name="verb">Who asks.</param>
internal sealed class VitessLocation(Func<string, string?> flag, string verb)
{
    private const string Mount = "mount";

    /// <summary>The location for the value of <c>backup_storage_implementation</c>.</summary>
    /// <exception cref="UsageException">Something is missing or makes no sense; with the flag's name.</exception>
    public string Of(string implementation) => implementation switch
    {
        "file" => Path.GetFullPath(Required("file_backup_storage_root", "a directory")),
        "s3" => S3(),
        "gcs" => $"gcs://{Name("gcs_backup_storage_bucket", "a bucket")}{Root("gcs_backup_storage_root")}",
        "azblob" => Azure(),
        "ceph" => "ceph://" + ConfiguredLocation.EncodeFile(Path.GetFullPath(Text("ceph_backup_storage_config") ?? "ceph_backup_config.json")),
        _ => throw new UsageException(
            $"--backup_storage_implementation={BackupPath.Printable(implementation)} is not known: file, s3, gcs, azblob or ceph", verb),
    };

    private string S3()
    {
        var endpoint = Text("s3_backup_aws_endpoint");
        var pathStyle = flag("s3_backup_force_path_style") == "true";
        var retries = Text("s3_backup_aws_retries");

        // It is a minimum, which parts as they are without it may have already.
        var partSize = Positive("s3_backup_aws_min_partsize");
        return $"s3://{Name("s3_backup_storage_bucket", "a bucket")}{Root("s3_backup_storage_root")}" + Query([
            ("region", Text("s3_backup_aws_region")),

            // As the SDK that Vitess uses, which takes https where no scheme is written; and which puts the bucket into the host name
            // unless it is told otherwise, also with an endpoint.
            ("endpoint", endpoint is null || endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : "https://" + endpoint),
            ("path-style", pathStyle ? "true" : endpoint is null ? null : "false"),
            ("tls-verify", flag("s3_backup_tls_skip_verify_cert") == "true" ? "false" : null),
            ("retries", retries is null || retries.StartsWith('-') ? null : retries),
            ("sse", Encryption(Text("s3_backup_server_side_encryption"))),
            .. Uploads(partSize > ObjectStorageOptions.DefaultPartSize ? partSize : null, null),
        ]);
    }

    private string Azure()
    {
        var keyFile = Text("azblob_backup_account_key_file");
        return $"azblob://{Name("azblob_backup_container_name", "a container")}{Root("azblob_backup_storage_root")}" + Query([
            ("account", Text("azblob_backup_account_name")),
            ("key-file", keyFile is null ? null : Path.GetFullPath(keyFile)),
            .. Uploads(Positive("azblob_backup_buffer_size"), Positive("azblob_backup_parallelism")),
        ]);
    }

    /// <summary>Only a mount uploads files. Vitess has no budget of memory, and nothing that it runs with may keep it from mounting: so the nearest will do.</summary>
    private IEnumerable<(string Name, string? Value)> Uploads(long? partSize, long? parallelism) => verb != Mount || (partSize ?? parallelism) is null
        ? []
        :
        [
            ("part-size", partSize?.ToString(CultureInfo.InvariantCulture)),
            ("upload-parallelism", parallelism is { } count ? Math.Min(count, int.MaxValue).ToString(CultureInfo.InvariantCulture) : null),
            ("clamp", "true"),
        ];

    /// <summary>A number, whose form was checked; null if it is absent, or 0 or less, which says nothing.</summary>
    private long? Positive(string name) =>
        Text(name) is { } text && long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) is > 0 and var number ? number : null;

    private static string? Encryption(string? value)
    {
        const string CustomerKey = "sse_c:";
        return value is not null && value.Length > CustomerKey.Length && value.StartsWith(CustomerKey, StringComparison.Ordinal)
            ? CustomerKey + Path.GetFullPath(value[CustomerKey.Length..])
            : value;
    }

    private string? Text(string name) => flag(name) is { Length: > 0 } value ? value : null;

    private string Required(string name, string what) => Text(name) ?? throw new UsageException($"--{name} is missing: {what}", verb);

    private string Name(string name, string what) => Uri.EscapeDataString(Required(name, what));

    private string Root(string name)
    {
        var root = Text(name);
        if (root is null)
        {
            return "";
        }

        // Vitess joins without looking, so that such a root puts empty names into its keys; no directory can show those.
        return root[0] == '/' || root[^1] == '/' || root.Contains("//", StringComparison.Ordinal)
            ? throw new UsageException($"bad value '{BackupPath.Printable(root)}' for --{name}: accepted is a path without a slash at either end", verb)
            : "/" + ConfiguredLocation.EncodePath(root);
    }

    private static string Query(IEnumerable<(string Name, string? Value)> parameters)
    {
        var given = parameters.Where(parameter => parameter.Value is not null).Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value!)}");
        return string.Join('&', given) is { Length: > 0 } query ? "?" + query : "";
    }
}
