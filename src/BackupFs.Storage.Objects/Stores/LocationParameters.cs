using System.Globalization;

namespace BackupFs.Storage.Objects;

/// <summary>
/// The parameters of a location, read by name; <see cref="RefuseOthers"/> then refuses what nobody read, so that a typing
/// error is not ignored. Messages name parameters and never show values, which may be secrets. Not thread-safe.
/// </summary>
/// <param name="url">The location.</param>
public sealed class LocationParameters(StorageUrl url)
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
    ];

    private readonly SortedSet<string> _known = new(UploadParameters.Names, StringComparer.Ordinal);

    /// <summary>A parameter's value; null if it is not there.</summary>
    /// <exception cref="StorageException">InvalidArgument for an empty one, and one with control characters.</exception>
    public string? Text(string name)
    {
        _known.Add(name);
        return !url.Query.TryGetValue(name, out var value) ? null
            : value.Length == 0 ? throw Invalid(name, "has no value")
            : !value.AsSpan().ContainsAnyInRange('\0', '\u001f') ? value
            : throw Invalid(name, "must not have control characters");
    }

    /// <summary>A time, up to a day: <c>500ms</c>, <c>30s</c>, <c>5m</c>, <c>1h</c>.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    public TimeSpan Duration(string name, TimeSpan otherwise)
    {
        if (Text(name) is not { } text)
        {
            return otherwise;
        }

        foreach (var (unit, length) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && decimal.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number > 0
                && number <= TimeSpan.TicksPerDay / length.Ticks)
            {
                return TimeSpan.FromTicks(Math.Max(1, (long)(number * length.Ticks)));
            }
        }

        throw Invalid(name, "is a number with a unit, such as 500ms, 30s or 5m, up to 24h");
    }

    /// <summary>A number from <paramref name="minimum"/>, which is 0 or more, to <paramref name="maximum"/>.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    public int Count(string name, int otherwise, int maximum, int minimum = 0) =>
        Text(name) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum ? number
        : throw Invalid(name, $"is a number from {minimum} to {maximum}");

    /// <summary>A number of bytes, 1 or more, as <see cref="ByteSize"/> reads it.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    public long Size(string name, long otherwise) =>
        Text(name) is not { } text ? otherwise
        : ByteSize.TryParse(text, out var bytes) ? bytes
        : throw Invalid(name, $"is {ByteSize.Accepted}");

    /// <summary><c>true</c> or <c>false</c>.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    public bool Switch(string name, bool otherwise = false) => Text(name) switch
    {
        null => otherwise,
        "false" => false,
        "true" => true,
        _ => throw Invalid(name, "is true or false"),
    };

    /// <summary>An http or https address without user, query and fragment; a slash at its end is cut off.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    public Uri? Endpoint(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var endpoint)
            && endpoint.Scheme is "http" or "https"
            && endpoint.UserInfo.Length == 0 && endpoint.Query.Length == 0 && endpoint.Fragment.Length == 0
            ? endpoint
            : throw Invalid(name, "is an address such as https://host:port, without user and parameters");
    }

    /// <summary>Refuses every parameter that was not read before.</summary>
    /// <exception cref="StorageException">InvalidArgument, naming the parameters there are.</exception>
    public void RefuseOthers()
    {
        foreach (var name in url.Query.Keys)
        {
            if (!_known.Contains(name))
            {
                throw Invalid(name, $"is unknown; '{url.Scheme}' knows {string.Join(", ", _known)}");
            }
        }
    }

    /// <summary>The error that a parameter causes.</summary>
    public StorageException Invalid(string name, string advice) => new(
        StorageErrorKind.InvalidArgument, $"{url}: the parameter '{BackupPath.Printable(name)}' {advice}");
}
