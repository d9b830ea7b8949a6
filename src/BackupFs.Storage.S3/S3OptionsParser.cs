using System.Globalization;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.S3;

/// <summary>Takes the parameters of a location, one after another; what nobody took is unknown. Not thread-safe.</summary>
internal sealed class S3OptionsParser(StorageUrl url)
{
    internal const string DefaultRegion = "us-east-1";

    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)),
    ];

    private static readonly (string Name, S3Checksum Checksum)[] Checksums =
    [
        ("auto", S3Checksum.Auto), ("crc64nvme", S3Checksum.Crc64Nvme), ("crc32c", S3Checksum.Crc32C), ("sha256", S3Checksum.Sha256),
        ("md5", S3Checksum.Md5), ("none", S3Checksum.None),
    ];

    private readonly HashSet<string> _known = new(UploadParameters.Names, StringComparer.Ordinal);

    /// <summary>An error about this location, without its secrets.</summary>
    internal StorageException Invalid(string message) => new(StorageErrorKind.InvalidArgument, $"'{url}': {message}");

    /// <summary>What the two schemes have in common.</summary>
    internal S3Options ReadCommon(S3Options options) => options with
    {
        VerifyTls = Flag("tls-verify", true),
        AuthorityFile = AuthorityFile(),
        Retries = Retries(options.Retries),
        Checksum = Checksum(),
        Timeout = Time("timeout", options.Timeout),
        ConnectTimeout = Time("connect-timeout", options.ConnectTimeout),
    };

    /// <summary>A parameter that must not be empty; null if it is not there.</summary>
    internal string? Text(string name)
    {
        _known.Add(name);
        return !url.Query.TryGetValue(name, out var value) ? null
            : value.Length > 0 && !value.AsSpan().ContainsAnyInRange('\0', '\u001f') ? value
            : throw Invalid($"{name} must have a value");
    }

    internal bool Flag(string name, bool otherwise) => Text(name) switch
    {
        null => otherwise,
        "true" => true,
        "false" => false,
        _ => throw Invalid($"{name} is true or false"),
    };

    internal string Region(Func<string, string?> environment)
    {
        var given = Text("region");
        var region = given ?? NotEmpty(environment("AWS_REGION")) ?? NotEmpty(environment("AWS_DEFAULT_REGION")) ?? DefaultRegion;
        return IsRegion(region)
            ? region
            : throw Invalid($"{(given is null ? "$AWS_REGION" : "region")} must be a name such as {DefaultRegion}");
    }

    /// <summary>Whether a text can be the name of a region.</summary>
    internal static bool IsRegion(string text) =>
        text.Length > 0 && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');

    internal Uri? Endpoint()
    {
        var text = Text("endpoint");
        if (text is null)
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0
            && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0
            ? uri
            : throw Invalid("endpoint must be http://HOST:PORT or https://HOST:PORT");
    }

    internal (S3Encryption Encryption, string? KeyFile) Encryption()
    {
        const string CustomerKey = "sse_c:";
        return Text("sse") switch
        {
            null => (S3Encryption.BucketDefault, null),
            "AES256" => (S3Encryption.Aes256, null),
            "aws:kms" => (S3Encryption.Kms, null),
            { Length: > 6 } text when text.StartsWith(CustomerKey, StringComparison.Ordinal) => (S3Encryption.CustomerKey, text[CustomerKey.Length..]),
            _ => throw Invalid("sse is AES256, aws:kms or sse_c:/path/to/key"),
        };
    }

    /// <summary>Throws for a parameter that nobody took.</summary>
    internal void RequireAllKnown()
    {
        if (url.Query.Keys.FirstOrDefault(name => !_known.Contains(name)) is { } unknown)
        {
            throw Invalid($"there is no parameter '{BackupPath.Printable(unknown)}'; accepted: {string.Join(", ", _known.Order(StringComparer.Ordinal))}");
        }
    }

    private static string? NotEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private string? AuthorityFile()
    {
        var file = Text("ca-file");
        return file is null || Flag("tls-verify", true) ? file : throw Invalid("ca-file and tls-verify=false exclude each other");
    }

    private int Retries(int otherwise)
    {
        var text = Text("retries");
        return text is null ? otherwise
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var retries) && retries <= 20 ? retries
            : throw Invalid("retries is a number from 0 to 20");
    }

    private S3Checksum Checksum()
    {
        var text = Text("checksum");
        if (text is null)
        {
            return S3Checksum.Auto;
        }

        foreach (var (name, checksum) in Checksums)
        {
            if (name == text)
            {
                return checksum;
            }
        }

        throw Invalid($"checksum is one of {string.Join(", ", Checksums.Select(known => known.Name))}");
    }

    private TimeSpan Time(string name, TimeSpan otherwise)
    {
        var text = Text(name);
        if (text is null)
        {
            return otherwise;
        }

        foreach (var (unit, length) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && decimal.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number > 0
                && number * length.Ticks is >= TimeSpan.TicksPerMillisecond and <= TimeSpan.TicksPerHour)
            {
                return TimeSpan.FromTicks((long)(number * length.Ticks));
            }
        }

        throw Invalid($"{name} is a time from 1ms to 60m, such as 500ms, 30s or 2m");
    }
}
