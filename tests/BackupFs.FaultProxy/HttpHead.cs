using System.Globalization;
using System.Text;

namespace BackupFs.FaultProxy;

/// <summary>The head of an HTTP/1.1 request or response. Immutable.</summary>
internal sealed class HttpHead
{
    private readonly string[] _lines;
    private readonly string[] _start;

    internal HttpHead(byte[] bytes)
    {
        Bytes = bytes;
        _lines = Encoding.Latin1.GetString(bytes).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        _start = (_lines.Length > 0 ? _lines[0] : "").Split(' ', 3);
        if (_start.Length < 2)
        {
            throw new IOException("this is not HTTP");
        }
    }

    /// <summary>As it came.</summary>
    internal byte[] Bytes { get; }

    /// <summary>Of a request.</summary>
    internal string Method => _start[0];

    /// <summary>Of a request: path and query, as they came.</summary>
    internal string Target => _start[1];

    /// <summary>Of a response.</summary>
    internal int Status => int.Parse(_start[1], CultureInfo.InvariantCulture);

    /// <summary>Bytes of the body; null where it is not said.</summary>
    internal long? ContentLength => Header("content-length") is { } value ? long.Parse(value, CultureInfo.InvariantCulture) : null;

    /// <summary>Whether the body comes in chunks.</summary>
    internal bool IsChunked => Header("transfer-encoding")?.Contains("chunked", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Whether the connection ends after it.</summary>
    internal bool Closes => Header("connection")?.Contains("close", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Whether the client waits for leave to send the body.</summary>
    internal bool ExpectsContinue => Header("expect")?.Contains("100-continue", StringComparison.OrdinalIgnoreCase) == true;

    private string? Header(string name)
    {
        foreach (var line in _lines.AsSpan(1))
        {
            if (line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                return line[(name.Length + 1)..].Trim();
            }
        }

        return null;
    }
}
