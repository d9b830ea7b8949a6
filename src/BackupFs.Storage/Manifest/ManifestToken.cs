using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace BackupFs.Storage;

/// <summary>A strict reader of the few JSON shapes a manifest has: everything unexpected is a <see cref="JsonException"/>.</summary>
internal ref struct ManifestToken(ReadOnlySpan<byte> text)
{
    private Utf8JsonReader _reader = new(text, ManifestText.ReaderOptions);

    internal static JsonException Unexpected(string name) => new($"the member '{BackupPath.Printable(name)}' is not one of format 1");

    internal void StartObject() => Expect(JsonTokenType.StartObject);

    internal void StartArray() => Expect(JsonTokenType.StartArray);

    /// <summary>The name of the next member; false at the object's end.</summary>
    internal bool NextMember([NotNullWhen(true)] out string? name)
    {
        Read();
        name = _reader.TokenType == JsonTokenType.PropertyName ? _reader.GetString() : null;
        return name is not null || (_reader.TokenType == JsonTokenType.EndObject ? false : throw Wrong());
    }

    /// <summary>The start of an array's next object; false at the array's end.</summary>
    internal bool NextObject()
    {
        Read();
        return _reader.TokenType == JsonTokenType.StartObject || (_reader.TokenType == JsonTokenType.EndArray ? false : throw Wrong());
    }

    /// <summary>An array's next string; false at the array's end.</summary>
    internal bool NextString([NotNullWhen(true)] out string? value)
    {
        Read();
        value = _reader.TokenType == JsonTokenType.String ? _reader.GetString() : null;
        return value is not null || (_reader.TokenType == JsonTokenType.EndArray ? false : throw Wrong());
    }

    internal string String()
    {
        Expect(JsonTokenType.String);
        return _reader.GetString()!;
    }

    internal byte[] Base64()
    {
        Expect(JsonTokenType.String);
        return _reader.GetBytesFromBase64();
    }

    internal int Int32()
    {
        Expect(JsonTokenType.Number);
        return _reader.GetInt32();
    }

    internal uint UInt32()
    {
        Expect(JsonTokenType.Number);
        return _reader.GetUInt32();
    }

    internal long Int64()
    {
        Expect(JsonTokenType.Number);
        return _reader.GetInt64();
    }

    /// <summary>Seconds, a point, and nine digits.</summary>
    internal Timestamp Time()
    {
        var text = String();
        var point = text.Length - 10;
        return point > 0 && text[point] == '.'
            && long.TryParse(text.AsSpan(0, point), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            && uint.TryParse(text.AsSpan(point + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var nanoseconds)
            ? new Timestamp(seconds, nanoseconds)
            : throw new JsonException("a time is not seconds, a point and nine digits");
    }

    /// <summary>Checks that nothing follows.</summary>
    internal void End()
    {
        if (_reader.Read())
        {
            throw Wrong();
        }
    }

    private void Expect(JsonTokenType type)
    {
        Read();
        if (_reader.TokenType != type)
        {
            throw Wrong();
        }
    }

    private void Read()
    {
        if (!_reader.Read())
        {
            throw new JsonException("the line ends too early");
        }
    }

    private readonly JsonException Wrong() => new($"{_reader.TokenType} is not expected at column {_reader.TokenStartIndex}");
}
