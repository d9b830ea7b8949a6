using System.Text;

namespace BackupFs.Storage;

/// <summary>The rules for names, in one place.</summary>
/// <remarks>
/// A path is segments joined by <c>/</c>, without a leading or trailing one. A segment is 1..255 bytes of UTF-8, is neither
/// <c>.</c> nor <c>..</c>, and has no NUL, no control character (below U+0020, U+007F) and no lone surrogate.
/// </remarks>
public static class BackupPath
{
    /// <summary>The longest segment in bytes of UTF-8.</summary>
    public const int MaximumSegmentBytes = 255;

    /// <summary>The longest path in bytes of UTF-8: what Linux's PATH_MAX leaves.</summary>
    public const int MaximumPathBytes = 4095;

    /// <summary>The name under which storages keep what is theirs; reserved at every level above the files.</summary>
    public const string ReservedName = ".backupfs";

    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    /// <summary>Null if <paramref name="segment"/> is a valid single name, else what is wrong with it.</summary>
    public static StorageError? CheckSegment(ReadOnlySpan<char> segment)
    {
        if (segment.IsEmpty)
        {
            return Invalid("a name must not be empty");
        }

        if (segment is "." or "..")
        {
            return Invalid($"'{segment}' is not a name");
        }

        foreach (var character in segment)
        {
            if (character == '/')
            {
                return Invalid("a name must not contain '/'");
            }

            if (character < ' ' || character == '\u007f')
            {
                return Invalid($"a name must not contain the control character U+{(int)character:X4}");
            }
        }

        int bytes;
        try
        {
            bytes = StrictUtf8.GetByteCount(segment);
        }
        catch (EncoderFallbackException)
        {
            return Invalid("a name must be valid Unicode (UTF-8)");
        }

        return bytes <= MaximumSegmentBytes
            ? null
            : new StorageError(StorageErrorKind.NameTooLong, $"a name is {bytes} bytes long; {MaximumSegmentBytes} are the limit");
    }

    /// <summary>Null if <paramref name="path"/> is valid, else what is wrong; <c>""</c> is valid only with <paramref name="allowRoot"/>.</summary>
    public static StorageError? Check(string path, bool allowRoot = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length == 0)
        {
            return allowRoot ? null : Invalid("a path must not be empty");
        }

        var rest = path.AsSpan();
        while (true)
        {
            var slash = rest.IndexOf('/');
            if (CheckSegment(slash < 0 ? rest : rest[..slash]) is { } error)
            {
                return error with { Message = $"'{Printable(path)}': {error.Message}" };
            }

            if (slash < 0)
            {
                break;
            }

            rest = rest[(slash + 1)..];
        }

        return path.Length > MaximumPathBytes / 3 && Encoding.UTF8.GetByteCount(path) > MaximumPathBytes
            ? new StorageError(StorageErrorKind.NameTooLong, $"a path is longer than {MaximumPathBytes} bytes")
            : null;
    }

    /// <summary>Null if a backup may be kept in <paramref name="directory"/> (<c>""</c> allowed) under <paramref name="name"/>.</summary>
    public static StorageError? CheckBackup(string directory, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Check(directory, allowRoot: true) ?? CheckSegment(name) ?? CheckReserved(directory) ?? CheckReserved(name);
    }

    /// <summary>Throws what <see cref="CheckBackup"/> finds.</summary>
    /// <exception cref="StorageException">InvalidName or NameTooLong.</exception>
    public static void RequireBackup(string directory, string name)
    {
        if (CheckBackup(directory, name) is { } error)
        {
            throw error.ToException();
        }
    }

    /// <summary>Null if a directory above the backups may have this path.</summary>
    public static StorageError? CheckDirectory(string directory) => Check(directory, allowRoot: true) ?? CheckReserved(directory);

    /// <summary>Joins two paths; either may be empty.</summary>
    public static string Join(string directory, string name) =>
        directory.Length == 0 ? name : name.Length == 0 ? directory : string.Concat(directory, "/", name);

    /// <summary>The part before the last slash, or <c>""</c>.</summary>
    public static string Parent(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0 ? "" : path[..slash];
    }

    /// <summary>The part after the last slash.</summary>
    public static string LastSegment(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>A name for a log or terminal: control characters and lone surrogates replaced, so that it cannot forge lines.</summary>
    public static string Printable(string name)
    {
        foreach (var character in name)
        {
            if (char.IsControl(character) || char.IsSurrogate(character))
            {
                return string.Concat(name.EnumerateRunes().Select(rune => Rune.IsControl(rune) ? "\uFFFD" : rune.ToString()));
            }
        }

        return name;
    }

    private static StorageError? CheckReserved(string path)
    {
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        var first = slash < 0 ? path.AsSpan() : path.AsSpan(0, slash);
        return first.SequenceEqual(ReservedName)
            ? Invalid($"'{ReservedName}' is reserved for BackupFs itself")
            : null;
    }

    private static StorageError Invalid(string message) => new(StorageErrorKind.InvalidName, message);
}
