using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Checksums;

/// <summary>
/// Sums one file, if wanted while it is still being written. Steps of one job never run at once; <see cref="ChecksumEngine"/>
/// sees to that.
/// </summary>
/// <remarks>
/// What is summed ahead of the last close is a guess: a writer through kernel passthrough may overwrite it unseen. So after the
/// close every block fed before is read once more and compared by its XXH3, which costs a fraction of SHA-256; if one
/// differs, or the file is shorter, everything is summed again.
/// </remarks>
internal sealed class ChecksumJob : IDisposable
{
    private readonly Descriptor _file;
    private readonly TaskCompletionSource<StorageResult<FileChecksums?>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FileChecksummer? _checksummer;
    private long _fed;
    private volatile bool _finishing;
    private volatile bool _abandoned;

    /// <summary>Takes ownership of a descriptor open for reading.</summary>
    public ChecksumJob(Descriptor file) => _file = file;

    /// <summary>Bytes fed so far; of interest to whoever decides whether it is worth another step.</summary>
    public long Fed => Volatile.Read(ref _fed);

    /// <summary>Whether the engine has it in its queue or at work; guarded by the engine's lock.</summary>
    public bool IsScheduled { get; set; }

    /// <summary>Whether it has to run again after the step at work; guarded by the engine's lock.</summary>
    public bool RunAgain { get; set; }

    /// <summary>The checksums; null when the job was abandoned; or why the file could not be read. Never faulted.</summary>
    public Task<StorageResult<FileChecksums?>> Completion => _done.Task;

    /// <summary>From now on the file no longer changes: the next step sums it up. Returns false if it is too late for that.</summary>
    public bool TryFinish()
    {
        _finishing = true;
        return !_abandoned && !_done.Task.IsCompleted;
    }

    /// <summary>Nobody wants the result any more: the next step, or the one at work, ends it.</summary>
    public void Abandon() => _abandoned = true;

    /// <summary>One step: follows the file as far as it has grown, or finishes.</summary>
    public void Run(byte[] buffer)
    {
        if (_done.Task.IsCompleted)
        {
            return;
        }

        if (_abandoned)
        {
            Complete(default(FileChecksums));
            return;
        }

        try
        {
            if (_finishing)
            {
                var result = Finish(buffer);
                Complete(_abandoned ? default(FileChecksums) : result);
            }
            else
            {
                Follow(buffer);
            }
        }
        catch (Exception exception) when (exception is OutOfMemoryException or System.Security.Cryptography.CryptographicException)
        {
            // The writer must not suffer; whoever needs the sums learns it.
            Complete(new StorageError(StorageErrorKind.Io, $"a checksum could not be computed: {exception.Message}", IsTransient: true));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _checksummer?.Dispose();
        _file.Dispose();
    }

    private void Complete(StorageResult<FileChecksums?> result)
    {
        Dispose();
        _done.TrySetResult(result);
    }

    /// <summary>Feeds whole blocks only: the last one may still be filled up.</summary>
    private void Follow(byte[] buffer)
    {
        if (AttributeCalls.Statx(_file, out var attributes) != Errno.Success || (long)attributes.Size < _fed)
        {
            return;
        }

        _checksummer ??= new FileChecksummer();
        var end = (long)attributes.Size / _checksummer.BlockSize * _checksummer.BlockSize;
        var fed = _fed;
        while (fed < end && !_abandoned && !_finishing)
        {
            var wanted = (int)Math.Min(buffer.Length, end - fed);
            if (ContentCalls.Read(_file, buffer.AsSpan(0, wanted), fed, out var read) != Errno.Success || read < wanted)
            {
                // A failing read, or one that finds the file shrunk, is the finishing step's to judge.
                break;
            }

            _checksummer.Append(buffer.AsSpan(0, read));
            fed += read;
        }

        Volatile.Write(ref _fed, fed);
    }

    private StorageResult<FileChecksums?> Finish(byte[] buffer)
    {
        if (AttributeCalls.Statx(_file, out var attributes) is var failed and not Errno.Success)
        {
            return ErrnoMap.ToError(failed, "reading a file's size");
        }

        var size = (long)attributes.Size;
        if (_checksummer is null || _fed == 0 || size < _fed)
        {
            return SumAll(buffer, size);
        }

        var ahead = _fed;
        if (Feed(buffer, ahead, size, (long)attributes.Blocks * 512) is { } error)
        {
            return error;
        }

        var sums = _checksummer.Finish();
        for (long offset = 0; offset < ahead && !_abandoned; offset += sums.BlockSize)
        {
            var block = buffer.AsSpan(0, sums.BlockSize);
            if (ContentCalls.Read(_file, block, offset, out var read) is var errno and not Errno.Success)
            {
                return ErrnoMap.ToError(errno, "reading a file to sum it");
            }

            if (!sums.Verify((int)(offset / sums.BlockSize), block[..read]))
            {
                return SumAll(buffer, size);
            }
        }

        return sums;
    }

    private StorageResult<FileChecksums?> SumAll(byte[] buffer, long size)
    {
        if (AttributeCalls.Statx(_file, out var attributes) is var failed and not Errno.Success)
        {
            return ErrnoMap.ToError(failed, "reading a file's size");
        }

        if (_checksummer is null)
        {
            _checksummer = new FileChecksummer(size);
        }
        else
        {
            _checksummer.Reset(size);
        }

        return Feed(buffer, 0, size, (long)attributes.Blocks * 512) is { } error ? error : _checksummer.Finish();
    }

    /// <summary>Feeds [<paramref name="start"/>, <paramref name="end"/>); holes are skipped in the file, not in the sum.</summary>
    private StorageError? Feed(byte[] buffer, long start, long end, long allocated)
    {
        var sparse = allocated < end;
        var dataEnd = sparse ? start : end;
        for (var offset = start; offset < end && !_abandoned;)
        {
            if (offset == dataEnd)
            {
                var data = NextData(offset, end);
                _checksummer!.AppendZeros(data - offset);
                offset = data;
                dataEnd = data == end ? end : NextHole(data, end);
                continue;
            }

            // Up to the next multiple of the buffer's size, so that whole blocks are summed at once.
            var wanted = (int)Math.Min(buffer.Length - (offset % buffer.Length), dataEnd - offset);
            if (ContentCalls.Read(_file, buffer.AsSpan(0, wanted), offset, out var read) is var errno and not Errno.Success)
            {
                return ErrnoMap.ToError(errno, "reading a file to sum it");
            }

            if (read == 0)
            {
                return new StorageError(StorageErrorKind.Io, "a file shrank while it was being summed");
            }

            _checksummer!.Append(buffer.AsSpan(0, read));
            offset += read;
        }

        return null;
    }

    private long NextData(long offset, long end) => ContentCalls.Seek(_file, SeekTarget.Data, offset, out var found) switch
    {
        Errno.Success => Math.Min(found, end),
        Errno.ENXIO => end,

        // The file system cannot tell: everything is data.
        _ => offset,
    };

    private long NextHole(long offset, long end) =>
        ContentCalls.Seek(_file, SeekTarget.Hole, offset, out var found) == Errno.Success ? Math.Min(found, end) : end;
}
