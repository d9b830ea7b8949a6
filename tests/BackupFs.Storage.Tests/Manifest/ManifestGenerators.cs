using System.Text;
using CsCheck;

namespace BackupFs.Storage.Tests;

/// <summary>Random manifests that are valid.</summary>
internal static class ManifestGenerators
{
    private static readonly Gen<Timestamp> GenTime =
        Gen.Select(Gen.Long, Gen.UInt[0, 999_999_999], (seconds, nanoseconds) => new Timestamp(seconds, nanoseconds));

    private static readonly Gen<string> GenSegment = Gen.OneOf(
        Gen.String[Gen.Char["abcXYZ019.-_ \"\\'<>&+\u00e4\u4e16\u2028\u0085"], 1, 12],
        Gen.String[Gen.Char['!', '~'], 1, 12],
        Gen.Const("\ud83d\ude00")).Where(segment => BackupPath.CheckSegment(segment) is null);

    internal static Gen<BackupManifest> Manifest { get; } = Gen.Select(
        GenTime,
        GenTime,
        Gen.String,
        Gen.Select(GenSegment, Gen.Int, GenSegment, (program, id, ending) => new WriterNote(program, id, ending)).List[0, 3],
        GenSegment.List[0, 2],
        Gen.Int[0, 12].SelectMany(count => Gen.Select(GenSegment.Array[count], Gen.Int.Array[count + 1])),
        (started, ended, host, writers, accepted, shape) => new BackupManifest
        {
            Format = BackupManifest.CurrentFormat,
            Started = started,
            Ended = ended,
            Host = string.Concat(host.Where(c => !char.IsSurrogate(c))),
            Notes = new BackupNotes(writers, accepted),
            Entries = Entries(shape.Item1, shape.Item2),
        });

    internal static ManifestEntry Root(params (string Name, byte[] Value)[] attributes) => new()
    {
        Path = "",
        Type = EntryType.Directory,
        Mode = 0x1ED,
        UserId = 0,
        GroupId = 0,
        ModifyTime = Timestamp.Epoch,
        ExtendedAttributes = attributes.Length == 0 ? null : attributes.ToDictionary(a => a.Name, a => a.Value),
    };

    internal static ManifestEntry File(string path, string content)
    {
        using var summer = new FileChecksummer();
        summer.Append(Encoding.UTF8.GetBytes(content));
        return new()
        {
            Path = path,
            Type = EntryType.File,
            Mode = 0x1A4,
            UserId = 1000,
            GroupId = uint.MaxValue,
            ModifyTime = new Timestamp(1, 2),
            Size = Encoding.UTF8.GetByteCount(content),
            Checksums = summer.Finish(),
        };
    }

    internal static BackupManifest Of(params ManifestEntry[] entries) => new()
    {
        Format = BackupManifest.CurrentFormat,
        Started = new Timestamp(-5, 1),
        Ended = new Timestamp(1_700_000_000, 999_999_999),
        Host = "host.example",
        Entries = entries,
    };

    private static List<ManifestEntry> Entries(string[] names, int[] seeds)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        var directories = new List<string> { "" };
        for (var i = 0; i < names.Length; i++)
        {
            var path = BackupPath.Join(directories[(int)((uint)seeds[i] % (uint)directories.Count)], names[i]);
            if (path != BackupManifest.FileName && paths.Add(path) && seeds[i] % 3 == 0)
            {
                directories.Add(path);
            }
        }

        var entries = new List<ManifestEntry> { Root(("user.a\"b", [0, 255]), ("security.x", [])) };
        var random = new Random(seeds[^1]);
        foreach (var path in paths)
        {
            entries.Add(Entry(path, directories.Contains(path), random, entries));
        }

        return entries;
    }

    private static ManifestEntry Entry(string path, bool directory, Random random, List<ManifestEntry> before)
    {
        var entry = File(path, new string('x', random.Next(3))) with
        {
            Mode = random.Next(0x1000),
            UserId = (uint)random.NextInt64(uint.MaxValue + 1L),
            GroupId = (uint)random.NextInt64(uint.MaxValue + 1L),
            ModifyTime = new Timestamp(random.NextInt64(long.MinValue, long.MaxValue), (uint)random.Next(1_000_000_000)),
        };
        var bare = entry with { Size = 0, Checksums = null };
        if (directory)
        {
            return bare with { Type = EntryType.Directory };
        }

        var target = new byte[random.Next(1, 40)];
        random.NextBytes(target);
        return random.Next(7) switch
        {
            0 => bare with { Type = EntryType.SymbolicLink, Target = target.Select(b => b == 0 ? (byte)1 : b).ToArray() },
            1 => bare with { Type = EntryType.SymbolicLink, Target = Encoding.UTF8.GetBytes("../\u00e4/" + path) },
            2 => bare with { Type = EntryType.BlockDevice, Device = (uint)random.Next() },
            3 => bare with { Type = EntryType.Fifo },
            4 when before.Find(e => e.Checksums is not null) is { } first =>
                entry with { HardLinkTo = first.Path, Size = first.Size, Checksums = null },
            5 => WithBlocks(entry, random),
            _ => entry,
        };
    }

    private static ManifestEntry WithBlocks(ManifestEntry entry, Random random)
    {
        var size = random.NextInt64(1L << 36);
        var blockSize = FileChecksums.BlockSizeFor(random.NextInt64(1L << 41));
        var blocks = new ulong[FileChecksums.CountBlocks(size, Math.Max(blockSize, 16 << 20))];
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i] = (ulong)random.NextInt64();
        }

        return entry with
        {
            Size = size,
            Checksums = new FileChecksums(size, entry.Checksums!.Sha256, Math.Max(blockSize, 16 << 20), blocks),
        };
    }
}
