using BackupFs.Storage.File.Interop;
using BackupFs.Storage.File.Trees;

namespace BackupFs.Storage.File;

/// <summary>Reads manifests, and remembers the latest, bounded by the bytes of their files. Thread-safe.</summary>
internal sealed class ManifestCache
{
    private const long Budget = 32 << 20;

    private readonly Lock _lock = new();
    private readonly LinkedList<Kept> _byUse = new();
    private long _bytes;

    /// <summary>The manifest in a backup's directory; null when there is none.</summary>
    /// <exception cref="StorageException">Corrupt, with what to do; or the file system's error.</exception>
    public async ValueTask<BackupManifest?> ReadAsync(TreeDescriptors backup, string path, CancellationToken cancellationToken)
    {
        var errno = Open(backup, out var file);
        if (errno is Errno.ENOENT)
        {
            return null;
        }

        if (errno != Errno.Success)
        {
            throw ErrnoMap.ToError(errno, "opening the manifest of", path).ToException();
        }

        using (file)
        {
            if (AttributeCalls.Statx(file, out var attributes) is var failed and not Errno.Success)
            {
                throw ErrnoMap.ToError(failed, "opening the manifest of", path).ToException();
            }

            if (Find(attributes) is { } known)
            {
                return known;
            }

            try
            {
                var stream = new DescriptorStream(file, canWrite: false);
                await using (stream.ConfigureAwait(false))
                {
                    return Keep(await ManifestSerializer.ReadAsync(stream, cancellationToken).ConfigureAwait(false), attributes);
                }
            }
            catch (StorageException exception) when (exception.Kind == StorageErrorKind.Corrupt)
            {
                throw new StorageException(
                    StorageErrorKind.Corrupt,
                    $"the manifest of '{BackupPath.Printable(path)}' is damaged ({exception.Message}); its files cannot be verified. "
                    + $"Restore '{BackupManifest.FileName}' from a copy, or read the files below the storage's root directly",
                    exception);
            }
        }
    }

    private static Errno Open(TreeDescriptors backup, out Descriptor file)
    {
        file = null!;
        var errno = backup.OpenDirectory("", out var top);
        if (errno == Errno.Success)
        {
            using (top)
            {
                errno = OpenCalls.OpenAt(top.Descriptor, BackupManifest.FileName, OpenFlags.ReadOnly | OpenFlags.NonBlocking, 0, out file);
            }
        }

        return errno;
    }

    private BackupManifest? Find(in StatxBuffer attributes)
    {
        lock (_lock)
        {
            for (var node = _byUse.First; node is not null; node = node.Next)
            {
                if (node.Value.IsOf(attributes))
                {
                    _byUse.Remove(node);
                    _byUse.AddFirst(node);
                    return node.Value.Manifest;
                }
            }

            return null;
        }
    }

    private BackupManifest Keep(BackupManifest manifest, in StatxBuffer attributes)
    {
        lock (_lock)
        {
            _byUse.AddFirst(new Kept(manifest, attributes.Inode, (long)attributes.Size, attributes.ChangeTime.ToTimestamp()));
            _bytes += (long)attributes.Size;
            while (_bytes > Budget && _byUse.Count > 1)
            {
                _bytes -= _byUse.Last!.Value.Bytes;
                _byUse.RemoveLast();
            }
        }

        return manifest;
    }

    /// <summary>A manifest with what identifies the file it was read from.</summary>
    private readonly record struct Kept(BackupManifest Manifest, ulong Inode, long Bytes, Timestamp Changed)
    {
        public bool IsOf(in StatxBuffer attributes) => attributes.Inode == Inode
            && (long)attributes.Size == Bytes
            && attributes.ChangeTime.ToTimestamp() == Changed;
    }
}
