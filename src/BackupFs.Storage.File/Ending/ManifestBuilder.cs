using BackupFs.Storage.File.Interop;
using BackupFs.Storage.File.Trees;

namespace BackupFs.Storage.File.Ending;

/// <summary>Makes the manifest's entries of what a walk found.</summary>
internal sealed class ManifestBuilder(Descriptor root)
{
    /// <summary>Ordered by path, ordinal. The first name of an inode has its content, the others say they are hard links to it.</summary>
    public IReadOnlyList<ManifestEntry> Build(
        List<WalkedEntry> walked, Dictionary<ulong, FileChecksums> sums, CancellationToken cancellationToken)
    {
        var ordered = walked.ToArray();
        Array.Sort(ordered, static (left, right) => string.CompareOrdinal(left.Path, right.Path));
        var first = new Dictionary<ulong, string>();
        var entries = new List<ManifestEntry>(ordered.Length);
        foreach (var entry in ordered)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (BackupPath.Check(entry.Path, allowRoot: true) is { } invalid)
            {
                throw invalid.ToException();
            }

            entries.Add(Build(entry, sums, first));
        }

        return entries;
    }

    private ManifestEntry Build(WalkedEntry entry, Dictionary<ulong, FileChecksums> sums, Dictionary<ulong, string> first)
    {
        var attributes = entry.Attributes;
        string? link = null;
        if (attributes.Type != EntryType.Directory && attributes.Links > 1 && !first.TryAdd(attributes.FileId, entry.Path))
        {
            link = first[attributes.FileId];
        }

        return new ManifestEntry
        {
            Path = entry.Path,
            Type = attributes.Type,
            Mode = attributes.Mode,
            UserId = attributes.UserId,
            GroupId = attributes.GroupId,
            ModifyTime = attributes.ModifyTime,
            Size = attributes.Type == EntryType.File ? attributes.Size : 0,
            Device = attributes.Device,
            Target = attributes.Type == EntryType.SymbolicLink && link is null ? ReadTarget(entry.Path) : null,
            HardLinkTo = link,
            ExtendedAttributes = link is null ? ReadAttributes(entry.Path) : null,
            Checksums = attributes.Type == EntryType.File && link is null ? sums[attributes.FileId] : null,
        };
    }

    private byte[] ReadTarget(string path)
    {
        var errno = OpenCalls.OpenBeneath(root, BackupPath.Parent(path), OpenFlags.PathOnly | OpenFlags.Directory, out var parent);
        byte[] target = [];
        if (errno == Errno.Success)
        {
            using (parent)
            {
                errno = NameCalls.ReadLink(parent, BackupPath.LastSegment(path), out target);
            }
        }

        return errno == Errno.Success ? target : throw ErrnoMap.ToError(errno, "reading a link", path).ToException();
    }

    private Dictionary<string, byte[]>? ReadAttributes(string path)
    {
        var errno = OpenCalls.OpenBeneath(root, path, OpenFlags.PathOnly, out var entry);
        if (errno != Errno.Success)
        {
            throw ErrnoMap.ToError(errno, "reading the attributes of", path).ToException();
        }

        using (entry)
        {
            errno = ExtendedAttributeCalls.List(entry, out var names);
            if (errno == Errno.ENOTSUP || names.Count == 0)
            {
                return null;
            }

            Dictionary<string, byte[]>? found = null;
            foreach (var name in names)
            {
                if (!KeptAttributes.Contains(name))
                {
                    continue;
                }

                errno = ExtendedAttributeCalls.Get(entry, name, out var value);
                if (errno != Errno.Success)
                {
                    throw ErrnoMap.ToError(errno, "reading the attributes of", path).ToException();
                }

                (found ??= new(StringComparer.Ordinal)).Add(name, value);
            }

            return found;
        }
    }
}
