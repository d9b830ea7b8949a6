using System.Collections.Concurrent;

namespace BackupFs.Storage.Objects;

/// <summary>
/// Brings the content of renamed files to the keys of their names, by copies inside the store. While a backup is open a rename
/// touches no object: rsync renames every file that it writes.
/// </summary>
internal sealed class KeySettlement(TransferContext context, OpenTree tree, string prefix, int parallelism)
{
    /// <exception cref="StorageException">The first error of a copy.</exception>
    internal async Task RunAsync(IReadOnlyList<(string Path, OpenContent Content)> contents, CancellationToken cancellationToken)
    {
        var misplaced = contents.Where(entry => entry.Content.Bytes.Stored!.Key != prefix + entry.Path).ToList();
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellationToken };
        while (misplaced.Count > 0)
        {
            var waiting = new ConcurrentBag<(string Path, OpenContent Content)>();
            await Parallel.ForEachAsync(misplaced, options, async (entry, token) =>
            {
                if (tree.Keys.TryTake(entry.Content, prefix + entry.Path))
                {
                    await MoveAsync(entry.Content, prefix + entry.Path, token).ConfigureAwait(false);
                }
                else
                {
                    waiting.Add(entry);
                }
            }).ConfigureAwait(false);

            // The keys that were left are free only when their old objects are deleted.
            if (waiting.Count == misplaced.Count)
            {
                if (tree.Keys.Leftovers.Count > 0)
                {
                    throw new StorageException(
                        StorageErrorKind.Unavailable, "objects that were replaced could not be deleted; end the backup again");
                }

                if (!tree.Keys.HasDeletions)
                {
                    // Names were swapped, or a file became a directory: one that is in the way makes room.
                    var content = waiting.Select(entry => entry.Content).FirstOrDefault(content => !tree.Keys.IsProvisional(content.Bytes.Stored!.Key))
                        ?? throw new StorageException(StorageErrorKind.Busy, "a file is being written while the backup is being ended");
                    await MoveAsync(content, tree.Keys.Choose(content, null), cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(10), context.Time, cancellationToken).ConfigureAwait(false);
                }
            }

            misplaced = [.. waiting];
        }
    }

    private async Task MoveAsync(OpenContent content, string key, CancellationToken cancellationToken)
    {
        var from = content.Bytes.Stored!;
        var copied = await context.Store.CopyAsync(from.Key, key, cancellationToken).ConfigureAwait(false);
        if (copied.IsOk && copied.Value.Size != from.Size)
        {
            copied = new StorageError(StorageErrorKind.Corrupt, $"a copy of '{BackupPath.Printable(from.Key)}' has another size");
        }

        if (!copied.IsOk)
        {
            tree.Keys.GiveBack(content, key);
            throw copied.Error.ToException();
        }

        if (!content.Bytes.TryRelocate(from, new StoredObject(key, copied.Value.Size, copied.Value.Tag)))
        {
            throw new StorageException(StorageErrorKind.Busy, "a file is being written while the backup is being ended");
        }

        tree.Keys.Retire(from.Key);
    }
}
