using BackupFs.Storage.File.Interop;
using BackupFs.Storage.File.Staging;
using BackupFs.Storage.File.Trees;

namespace BackupFs.Storage.File.Ending;

/// <summary>Gathers the checksums of all files of a backup, computing those that are missing.</summary>
internal sealed class ChecksumCollector(FileTable files, Descriptor root)
{
    /// <summary>How many files may wait to be summed, each with an open descriptor.</summary>
    private const int MaximumPending = 128;

    /// <summary>By inode. Every result covers the size its file has.</summary>
    /// <exception cref="StorageException">A file cannot be read, or changes although nobody may write it.</exception>
    public async Task<Dictionary<ulong, FileChecksums>> CollectAsync(List<WalkedEntry> entries, CancellationToken cancellationToken)
    {
        var sums = new Dictionary<ulong, FileChecksums>();
        var pending = new Queue<(WalkedEntry Entry, Task<StorageResult<FileChecksums?>> Task)>();
        var seen = new HashSet<ulong>();
        foreach (var entry in entries)
        {
            if (entry.Attributes.Type != EntryType.File || !seen.Add(entry.Attributes.FileId))
            {
                continue;
            }

            if (pending.Count == MaximumPending)
            {
                await TakeAsync(pending.Dequeue()).ConfigureAwait(false);
            }

            var known = files.FindChecksums(entry.Attributes.FileId, out var task);
            if (known is not null && known.Size == entry.Attributes.Size)
            {
                sums.Add(entry.Attributes.FileId, known);
            }
            else
            {
                pending.Enqueue((entry, known is null && task is not null ? task : Compute(entry)));
            }
        }

        while (pending.TryDequeue(out var next))
        {
            await TakeAsync(next).ConfigureAwait(false);
        }

        return sums;

        async Task TakeAsync((WalkedEntry Entry, Task<StorageResult<FileChecksums?>> Task) next)
        {
            var result = await next.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (!result.IsOk || result.Value is null || result.Value.Size != next.Entry.Attributes.Size)
            {
                // A failure behind the writer, or a job given up: once more, now that nothing changes.
                result = await Compute(next.Entry).WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            if (!result.IsOk)
            {
                throw (result.Error with { Message = $"{BackupPath.Printable(next.Entry.Path)}: {result.Error}" }).ToException();
            }

            if (result.Value is not { } found || found.Size != next.Entry.Attributes.Size)
            {
                throw new StorageException(
                    StorageErrorKind.Busy,
                    $"'{BackupPath.Printable(next.Entry.Path)}' changed while the backup was being ended, although nobody has it open here");
            }

            sums.Add(next.Entry.Attributes.FileId, found);
        }
    }

    private Task<StorageResult<FileChecksums?>> Compute(WalkedEntry entry)
    {
        var errno = ReadableFile.Open(root, entry.Path, out var file);
        if (errno != Errno.Success)
        {
            throw ErrnoMap.ToError(errno, "reading", entry.Path).ToException();
        }

        files.VoidChecksums(entry.Attributes.FileId);
        return files.ComputeChecksums(entry.Attributes.FileId, file);
    }
}
