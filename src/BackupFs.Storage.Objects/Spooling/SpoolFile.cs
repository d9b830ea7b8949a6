using Microsoft.Win32.SafeHandles;

namespace BackupFs.Storage.Objects;

/// <summary>
/// The spooled granules of one file, each at its own offset. What is in it and its space are guarded by the lock of the
/// <see cref="FileContent"/>; <see cref="WriteAsync"/>, <see cref="ReadAsync"/> and <see cref="Close"/> are thread-safe.
/// </summary>
internal sealed class SpoolFile(SpoolSpace space)
{
    private const int Granule = MemoryBudget.GranuleBytes;
    private readonly Lock _opening = new();
    private readonly Dictionary<long, int> _cut = [];
    private SafeFileHandle? _file;
    private long _taken;
    private volatile bool _isClosed;

    /// <summary>The granules in it.</summary>
    internal GranuleRanges Saved { get; } = new();

    /// <summary>Grows with every granule that is written: what was read before may be old.</summary>
    internal long Changes { get; private set; }

    /// <summary>Whether it was closed: its content is not needed any more.</summary>
    internal bool IsClosed => _isClosed;

    /// <summary>Takes room for granules, if there is.</summary>
    internal bool TryTake(int granules)
    {
        if (!space.TryTake((long)granules * Granule))
        {
            return false;
        }

        _taken += granules;
        return true;
    }

    /// <summary>Gives room back that was taken and not used.</summary>
    internal void Return(long granules)
    {
        if (!_isClosed)
        {
            _taken -= granules;
            space.Return(granules * Granule);
        }
    }

    /// <summary>A granule was written as a whole; room for it was taken, unless it was there before.</summary>
    internal void Add(long index)
    {
        Saved.Add(index);
        _cut.Remove(index);
        Changes++;
    }

    /// <summary>How many bytes of a granule count; 0 if it is not here. The others are zeros.</summary>
    internal int LengthOf(long index) => !Saved.Contains(index) ? 0 : _cut.GetValueOrDefault(index, Granule);

    /// <summary>The file is cut.</summary>
    internal void Cut(long size)
    {
        Return(Saved.RemoveFrom(PartSchedule.Up(size) / Granule));
        var (last, length) = (size / Granule, (int)(size % Granule));
        foreach (var index in _cut.Keys.Where(index => index * Granule >= size).ToList())
        {
            _cut.Remove(index);
        }

        if (length > 0 && Saved.Contains(last))
        {
            _cut[last] = Math.Min(length, LengthOf(last));
        }
    }

    /// <summary>The bytes before an offset, a multiple of a granule, are stored.</summary>
    internal void RemoveBefore(long offset)
    {
        Return(Saved.RemoveBefore(offset / Granule));
        foreach (var index in _cut.Keys.Where(index => index * Granule < offset).ToList())
        {
            _cut.Remove(index);
        }
    }

    /// <summary>Writes a granule; an error of the disk. Does nothing once closed.</summary>
    internal async ValueTask<StorageError?> WriteAsync(long index, ReadOnlyMemory<byte> granule, CancellationToken cancellationToken)
    {
        try
        {
            if (Open() is { } file)
            {
                await RandomAccess.WriteAsync(file, granule, index * Granule, cancellationToken).ConfigureAwait(false);
            }

            return null;
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ToError(exception);
        }
    }

    /// <summary>
    /// Reads bytes of a granule. When the file was closed meanwhile, the result means nothing: whoever asked looks whether it
    /// is still the one to ask.
    /// </summary>
    internal async ValueTask<StorageError?> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            if (Open() is not { } file)
            {
                return null;
            }

            for (var done = 0; done < buffer.Length;)
            {
                var read = await RandomAccess.ReadAsync(file, buffer[done..], offset + done, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    return new StorageError(StorageErrorKind.Io, "a spooled file is shorter than what was written to it");
                }

                done += read;
            }

            return null;
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ToError(exception);
        }
    }

    /// <summary>Frees everything. Under the lock of the content.</summary>
    internal void Close()
    {
        Return(_taken);
        lock (_opening)
        {
            _isClosed = true;
            _file?.Dispose();
        }
    }

    private static StorageError ToError(Exception exception)
    {
        // ENOSPC; ERROR_DISK_FULL.
        var isFull = exception is IOException && (exception.HResult is 28 || (exception.HResult & 0xFFFF) == 0x70);
        return new StorageError(
            isFull ? StorageErrorKind.NoSpace : StorageErrorKind.Io, $"the spool directory (--spool) failed: {exception.Message}");
    }

    private SafeFileHandle? Open()
    {
        lock (_opening)
        {
            return _isClosed ? null : _file ??= space.Create();
        }
    }
}
