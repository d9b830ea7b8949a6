using System.Buffers;
using System.Security.Cryptography;

namespace BackupFs.Storage;

/// <summary>Reads files block by block and compares them with their checksums. Several files at once.</summary>
internal sealed class ContentComparison(IBackupTree tree, VerificationReport report)
{
    internal async ValueTask CompareAsync(ManifestEntry entry, CancellationToken cancellationToken)
    {
        var opened = await tree.OpenFileAsync(entry.Path, FileAccessMode.Read, truncate: false, cancellationToken).ConfigureAwait(false);
        if (!opened.IsOk)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var kind = opened.Error.Kind == StorageErrorKind.Corrupt ? FindingKind.Content : FindingKind.Unreadable;
            report.Add(entry.Path, kind, opened.Error.ToString());
            report.Advance(entry.Size, read: false, fileDone: true);
            return;
        }

        await using var file = opened.Value;
        var sums = entry.Checksums!;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(sums.BlockSize, Math.Max(sums.Size, 1)));
        try
        {
            await CompareAsync(entry, sums, file, buffer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        report.Advance(0, read: false, fileDone: true);
    }

    private async ValueTask CompareAsync(
        ManifestEntry entry, FileChecksums sums, IBackupFile file, byte[] buffer, CancellationToken cancellationToken)
    {
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var isWhole = true;
        for (var index = 0; index < sums.BlockCount; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var block = buffer.AsMemory(0, sums.BlockLength(index));
            var offset = (long)index * sums.BlockSize;
            var read = await ReadAsync(file, block, offset, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (!read.IsOk || !sums.Verify(index, block.Span[..read.Value]))
            {
                isWhole = false;
                var unreadable = !read.IsOk && read.Error.Kind != StorageErrorKind.Corrupt;
                report.Add(new VerificationFinding(
                    entry.Path,
                    unreadable ? FindingKind.Unreadable : FindingKind.Content,
                    read.IsOk ? $"block {index} of {sums.BlockCount} is not what was stored" : read.Error.ToString(),
                    index,
                    offset,
                    block.Length));
            }
            else if (isWhole)
            {
                whole.AppendData(block.Span);
            }

            report.Advance(block.Length, read: read.IsOk, fileDone: false);
        }

        if (isWhole && !whole.GetHashAndReset().AsSpan().SequenceEqual(sums.Sha256))
        {
            report.Add(entry.Path, FindingKind.Sha256, "all blocks match, but the SHA-256 of the whole file does not");
        }
    }

    private static async ValueTask<StorageResult<int>> ReadAsync(
        IBackupFile file, Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        var done = 0;
        while (done < buffer.Length)
        {
            var read = await file.ReadAsync(buffer[done..], offset + done, cancellationToken).ConfigureAwait(false);
            if (!read.IsOk || read.Value == 0)
            {
                return read.IsOk ? done : read;
            }

            done += read.Value;
        }

        return done;
    }
}
