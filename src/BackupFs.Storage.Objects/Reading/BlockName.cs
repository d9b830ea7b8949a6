namespace BackupFs.Storage.Objects;

/// <summary>Names a block in a <see cref="DiskCache"/>: 128 bits of a hash.</summary>
internal readonly record struct BlockName(UInt128 Hash)
{
    /// <summary>Hexadecimal digits of a name.</summary>
    internal const int Digits = 32;

    /// <summary>The name as a file name.</summary>
    public override string ToString() => Hash.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The name that a file has; false for a file that is not a block's.</summary>
    internal static bool TryParse(ReadOnlySpan<char> file, out BlockName name)
    {
        var isHash = UInt128.TryParse(
            file, System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var hash);
        name = new BlockName(hash);
        return isHash && file.Length == Digits;
    }
}
