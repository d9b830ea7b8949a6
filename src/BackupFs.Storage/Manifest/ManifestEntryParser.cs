using System.Buffers.Binary;
using System.Text.Json;

namespace BackupFs.Storage;

/// <summary>Parses the line of one entry. What it says is checked by <see cref="ManifestValidator"/>.</summary>
internal static class ManifestEntryParser
{
    /// <exception cref="JsonException">It is not what the writer writes.</exception>
    internal static ManifestEntry Parse(ReadOnlySpan<byte> line)
    {
        var reader = new ManifestToken(line);
        var members = new MemberSet();
        string path = "";
        string? link = null;
        EntryType type = default;
        uint user = 0, group = 0, device = 0;
        int mode = 0, blockSize = 0;
        long size = 0;
        Timestamp modified = default;
        byte[]? target = null, sha256 = null, blocks = null;
        Dictionary<string, byte[]>? attributes = null;
        reader.StartObject();
        while (reader.NextMember(out var name))
        {
            members.Add(name);
            switch (name)
            {
                case ManifestText.Path:
                    path = reader.String();
                    break;
                case ManifestText.Type:
                    type = ParseType(reader.String());
                    break;
                case ManifestText.Mode:
                    mode = ParseMode(reader.String());
                    break;
                case ManifestText.UserId:
                    user = reader.UInt32();
                    break;
                case ManifestText.GroupId:
                    group = reader.UInt32();
                    break;
                case ManifestText.ModifyTime:
                    modified = reader.Time();
                    break;
                case ManifestText.Size:
                    size = reader.Int64();
                    break;
                case ManifestText.Device:
                    device = reader.UInt32();
                    break;
                case ManifestText.HardLink:
                    link = reader.String();
                    break;
                case ManifestText.Target when target is null:
                    target = ManifestText.StrictUtf8.GetBytes(reader.String());
                    break;
                case ManifestText.Target64 when target is null:
                    target = reader.Base64();
                    break;
                case ManifestText.Attributes:
                    attributes = ParseAttributes(ref reader);
                    break;
                case ManifestText.Sha256:
                    sha256 = Convert.FromHexString(reader.String());
                    break;
                case ManifestText.BlockSize:
                    blockSize = reader.Int32();
                    break;
                case ManifestText.Blocks:
                    blocks = reader.Base64();
                    break;
                default:
                    throw ManifestToken.Unexpected(name);
            }
        }

        reader.End();
        members.Require(
            ManifestText.Path, ManifestText.Type, ManifestText.Mode, ManifestText.UserId, ManifestText.GroupId, ManifestText.ModifyTime);
        RequireTogether(members);
        if (type == EntryType.File)
        {
            members.Require(ManifestText.Size);
        }

        return new ManifestEntry
        {
            Path = path,
            Type = type,
            Mode = mode,
            UserId = user,
            GroupId = group,
            ModifyTime = modified,
            Size = size,
            Device = device,
            Target = target,
            HardLinkTo = link,
            ExtendedAttributes = attributes,
            Checksums = sha256 is null ? null : new FileChecksums(size, sha256, blockSize, ParseBlocks(blocks!)),
        };
    }

    private static void RequireTogether(MemberSet members)
    {
        if (members.Has(ManifestText.Sha256) || members.Has(ManifestText.Blocks) || members.Has(ManifestText.BlockSize))
        {
            members.Require(ManifestText.Sha256, ManifestText.BlockSize, ManifestText.Blocks);
        }
    }

    private static Dictionary<string, byte[]> ParseAttributes(ref ManifestToken reader)
    {
        var attributes = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        reader.StartObject();
        while (reader.NextMember(out var name))
        {
            if (!attributes.TryAdd(name, reader.Base64()))
            {
                throw new JsonException("an extended attribute occurs twice");
            }
        }

        return attributes;
    }

    private static ulong[] ParseBlocks(byte[] bytes)
    {
        if (bytes.Length % sizeof(ulong) != 0)
        {
            throw new JsonException("the block checksums are not whole numbers of 64 bits");
        }

        var blocks = new ulong[bytes.Length / sizeof(ulong)];
        for (var index = 0; index < blocks.Length; index++)
        {
            blocks[index] = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(index * sizeof(ulong)));
        }

        return blocks;
    }

    private static int ParseMode(string text)
    {
        if (text.Length is < 4 or > 5 || text.AsSpan().IndexOfAnyExceptInRange('0', '7') >= 0)
        {
            throw new JsonException("a mode is four or five octal digits");
        }

        return Convert.ToInt32(text, 8);
    }

    private static EntryType ParseType(string text)
    {
        foreach (var type in Enum.GetValues<EntryType>())
        {
            if (ManifestText.TypeName(type) == text)
            {
                return type;
            }
        }

        throw new JsonException($"'{BackupPath.Printable(text)}' is not a type of entry");
    }
}
