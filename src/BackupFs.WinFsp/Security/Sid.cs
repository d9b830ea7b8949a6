using System.Buffers.Binary;
using System.Globalization;

namespace BackupFs.WinFsp.Security;

/// <summary>A security identifier: whom a right belongs to. Immutable.</summary>
public sealed class Sid : IEquatable<Sid>
{
    // Revision, count of subauthorities, 6 bytes of authority (big-endian), subauthorities (32 bits, little-endian).
    private const byte Revision = 1;
    private const int HeadSize = 8;
    private const int AuthorityOffset = 2;
    private const int AuthoritySize = 6;
    private const int MostSubauthorities = 15;
    private readonly byte[] _bytes;

    private Sid(ulong authority, ReadOnlySpan<uint> subauthorities)
    {
        _bytes = new byte[HeadSize + (subauthorities.Length * sizeof(uint))];
        Span<byte> wide = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(wide, authority);
        _bytes[0] = Revision;
        _bytes[1] = (byte)subauthorities.Length;
        wide[(sizeof(ulong) - AuthoritySize)..].CopyTo(_bytes.AsSpan(AuthorityOffset));
        for (int index = 0; index < subauthorities.Length; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(HeadSize + (index * sizeof(uint))), subauthorities[index]);
        }
    }

    /// <summary>Everyone.</summary>
    public static Sid Everyone { get; } = new(1, [0]);

    /// <summary>The system itself.</summary>
    public static Sid LocalSystem { get; } = new(5, [18]);

    /// <summary>The administrators of the machine.</summary>
    public static Sid Administrators { get; } = new(5, [32, 544]);

    /// <summary>The users of the machine.</summary>
    public static Sid Users { get; } = new(5, [32, 545]);

    /// <summary>Its bytes, as in a security descriptor.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Stands for a user of a Unix system, by the convention of Samba: S-1-22-1-N. Windows shows it as it is.</summary>
    public static Sid UnixUser(uint uid) => new(22, [1, uid]);

    /// <summary>Stands for a group of a Unix system: S-1-22-2-N.</summary>
    public static Sid UnixGroup(uint gid) => new(22, [2, gid]);

    /// <summary>Reads the form S-1-5-32-544; throws <see cref="FormatException"/>.</summary>
    public static Sid Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('-');
        if (parts.Length is < 4 or > 3 + MostSubauthorities
            || !parts[0].Equals("S", StringComparison.OrdinalIgnoreCase)
            || parts[1] != "1"
            || !ulong.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out ulong authority)
            || authority >> (AuthoritySize * 8) != 0)
        {
            throw Malformed(text);
        }

        var subauthorities = new uint[parts.Length - 3];
        for (int index = 0; index < subauthorities.Length; index++)
        {
            if (!uint.TryParse(parts[index + 3], NumberStyles.None, CultureInfo.InvariantCulture, out subauthorities[index]))
            {
                throw Malformed(text);
            }
        }

        return new Sid(authority, subauthorities);
    }

    /// <summary>Bytes of the identifier that some bytes begin with; throws <see cref="FormatException"/>.</summary>
    internal static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeadSize || bytes[0] != Revision || bytes[1] > MostSubauthorities)
        {
            throw new FormatException("Not a security identifier.");
        }

        return HeadSize + (bytes[1] * sizeof(uint));
    }

    /// <inheritdoc/>
    public bool Equals(Sid? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Sid);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    /// <summary>The form S-1-5-32-544.</summary>
    public override string ToString()
    {
        Span<byte> wide = stackalloc byte[sizeof(ulong)];
        wide.Clear();
        _bytes.AsSpan(AuthorityOffset, AuthoritySize).CopyTo(wide[(sizeof(ulong) - AuthoritySize)..]);
        string text = FormattableString.Invariant($"S-1-{BinaryPrimitives.ReadUInt64BigEndian(wide)}");
        for (int offset = HeadSize; offset < _bytes.Length; offset += sizeof(uint))
        {
            text += FormattableString.Invariant($"-{BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(offset))}");
        }

        return text;
    }

    private static FormatException Malformed(string text) =>
        new($"\"{text}\" is not a security identifier; one looks like S-1-5-32-544.");
}
