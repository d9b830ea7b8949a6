namespace BackupFs.Storage;

/// <summary>Compares names and attributes of a backup with its manifest. One use.</summary>
internal sealed class TreeComparison(IBackupTree tree, BackupManifest manifest, VerificationReport report)
{
    private readonly Dictionary<string, ulong> _found = new(StringComparer.Ordinal);

    internal async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        await WalkAsync(cancellationToken).ConfigureAwait(false);
        foreach (var entry in manifest.Entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var attributes = await tree.GetAttributesAsync(entry.Path, cancellationToken).ConfigureAwait(false);
            if (!attributes.IsOk)
            {
                var isMissing = attributes.Error.Kind is StorageErrorKind.NotFound or StorageErrorKind.NotADirectory;
                report.Add(
                    entry.Path,
                    isMissing ? FindingKind.Missing : FindingKind.Unreadable,
                    isMissing ? "it is in the manifest, but not there" : attributes.Error.ToString());
                SkipContent(entry);
                continue;
            }

            _found[entry.Path] = attributes.Value.FileId;
            await CompareAsync(entry, attributes.Value, cancellationToken).ConfigureAwait(false);
        }

        CompareHardLinks();
    }

    private async ValueTask WalkAsync(CancellationToken cancellationToken)
    {
        var directories = new Queue<string>([""]);
        while (directories.TryDequeue(out var directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var listed = await tree.ListAsync(directory, cancellationToken).ConfigureAwait(false);
            if (!listed.IsOk)
            {
                report.Add(directory, FindingKind.Unreadable, $"it cannot be listed: {listed.Error}");
                continue;
            }

            foreach (var child in listed.Value)
            {
                var path = BackupPath.Join(directory, child.Name);
                if (manifest.Find(path) is null)
                {
                    report.Add(path, FindingKind.Extra, "it is not in the manifest: something else put it there");
                }
                else if (child.Type == EntryType.Directory)
                {
                    directories.Enqueue(path);
                }
            }
        }
    }

    private async ValueTask CompareAsync(ManifestEntry entry, EntryAttributes attributes, CancellationToken cancellationToken)
    {
        if (attributes.Type != entry.Type)
        {
            report.Add(entry.Path, FindingKind.Type, $"it is a {attributes.Type}; a {entry.Type} was stored");
            SkipContent(entry);
            return;
        }

        if (entry.Type == EntryType.File && attributes.Size != entry.Size)
        {
            report.Add(entry.Path, FindingKind.Size, $"it has {attributes.Size} bytes; {entry.Size} were stored");
            SkipContent(entry);
        }

        // Linux knows no mode of symbolic links; what a storage shows for them means nothing.
        if (attributes.Mode != entry.Mode && entry.Type != EntryType.SymbolicLink)
        {
            report.Add(entry.Path, FindingKind.Mode, $"its mode is 0{Octal(attributes.Mode)}; 0{Octal(entry.Mode)} was stored");
        }

        if ((attributes.UserId, attributes.GroupId) != (entry.UserId, entry.GroupId))
        {
            report.Add(
                entry.Path,
                FindingKind.Owner,
                $"its owner is {attributes.UserId}:{attributes.GroupId}; {entry.UserId}:{entry.GroupId} was stored");
        }

        if (attributes.ModifyTime != entry.ModifyTime)
        {
            report.Add(
                entry.Path, FindingKind.ModifyTime, $"its modification time is {Time(attributes.ModifyTime)}; {Time(entry.ModifyTime)} was stored");
        }

        if (attributes.Device != entry.Device)
        {
            report.Add(entry.Path, FindingKind.Device, $"its device number is {attributes.Device}; {entry.Device} was stored");
        }

        await CompareTargetAsync(entry, cancellationToken).ConfigureAwait(false);
        await CompareExtendedAttributesAsync(entry, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask CompareTargetAsync(ManifestEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Target is not { } target)
        {
            return;
        }

        var actual = await tree.ReadLinkAsync(entry.Path, cancellationToken).ConfigureAwait(false);
        if (!actual.IsOk)
        {
            report.Add(entry.Path, FindingKind.Unreadable, $"its target cannot be read: {actual.Error}");
        }
        else if (!actual.Value.AsSpan().SequenceEqual(target))
        {
            report.Add(entry.Path, FindingKind.Target, "the symbolic link has another target");
        }
    }

    private async ValueTask CompareExtendedAttributesAsync(ManifestEntry entry, CancellationToken cancellationToken)
    {
        foreach (var (name, value) in entry.ExtendedAttributes ?? new Dictionary<string, byte[]>())
        {
            var actual = await tree.GetExtendedAttributeAsync(entry.Path, name, cancellationToken).ConfigureAwait(false);
            if (!actual.IsOk || !actual.Value.AsSpan().SequenceEqual(value))
            {
                var what = actual.IsOk ? "has another value" : $"cannot be read: {actual.Error}";
                report.Add(entry.Path, FindingKind.ExtendedAttribute, $"the extended attribute '{BackupPath.Printable(name)}' {what}");
            }
        }

        // Other name spaces hold what the system adds by itself, such as labels.
        var names = await tree.ListExtendedAttributesAsync(entry.Path, cancellationToken).ConfigureAwait(false);
        foreach (var name in names.IsOk ? names.Value : [])
        {
            if (name.StartsWith("user.", StringComparison.Ordinal) && entry.ExtendedAttributes?.ContainsKey(name) != true)
            {
                report.Add(entry.Path, FindingKind.ExtendedAttribute, $"the extended attribute '{BackupPath.Printable(name)}' was added");
            }
        }
    }

    private void CompareHardLinks()
    {
        var owners = new Dictionary<ulong, string>();
        foreach (var entry in manifest.Entries)
        {
            if (entry.Type == EntryType.Directory || !_found.TryGetValue(entry.Path, out var id))
            {
                continue;
            }

            var stored = entry.HardLinkTo ?? entry.Path;
            if (entry.HardLinkTo is { } first && _found.TryGetValue(first, out var target) && target != id)
            {
                report.Add(entry.Path, FindingKind.HardLink, $"it is no longer the same file as '{BackupPath.Printable(first)}'");
            }
            else if (!owners.TryAdd(id, stored) && owners[id] != stored)
            {
                report.Add(entry.Path, FindingKind.HardLink, $"it is the same file as '{BackupPath.Printable(owners[id])}' and was not");
            }
        }
    }

    private void SkipContent(ManifestEntry entry)
    {
        if (entry.Checksums is not null)
        {
            report.SkipContent(entry.Path, entry.Size);
        }
    }

    private static string Octal(int mode) => Convert.ToString(mode, 8);

    private static string Time(Timestamp time) => $"{time.Seconds}.{time.Nanoseconds:D9}";
}
