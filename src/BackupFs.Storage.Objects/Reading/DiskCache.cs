using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using IOFile = System.IO.File;

namespace BackupFs.Storage.Objects;

/// <summary>
/// Blocks of complete backups on a local disk, so that reading them again costs no request. Thread-safe.
/// </summary>
/// <remarks>
/// <para>A file a block, named by a hash; least recently used out first; the times of the files keep the order across restarts.
/// Nothing is synced and nothing is trusted: whoever reads a block verifies it against the manifest, so that a torn or
/// damaged file is only a miss.</para>
/// <para>A cache never fails a read. When the directory is missing or full, it says so once and pauses.</para>
/// </remarks>
internal sealed class DiskCache : IAsyncDisposable
{
    /// <summary>How long nothing is stored after that failed.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private const string LockName = "lock";

    /// <summary>EWOULDBLOCK of flock(2), as .NET passes it on.</summary>
    private const int Locked = 11;

    /// <summary>ERROR_SHARING_VIOLATION.</summary>
    private const int LockedWindows = unchecked((int)0x80070020);

    private const int ConcurrentStores = 4;
    private static readonly TimeSpan TouchAge = TimeSpan.FromMinutes(1);

    private readonly string _directory;
    private readonly string _blocks;
    private readonly DiskCacheIndex _index;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FileStream _lock;
    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _stores = new(ConcurrentStores, ConcurrentStores);
    private long _pausedUntil;
    private int _unusableLogged;
    private int _damageLogged;

    private DiskCache(string directory, long limit, FileStream locked, TimeProvider time, ILogger logger)
    {
        (_directory, _time, _logger, _lock) = (directory, time, logger, locked);
        _blocks = Path.Combine(directory, "blocks");
        _index = new DiskCacheIndex(limit);
        Ready = Task.Run(Scan, CancellationToken.None);
    }

    /// <summary>Completes, always successfully, when the blocks of earlier runs are known. Until then nothing is stored.</summary>
    internal Task Ready { get; }

    /// <summary>Bytes of all blocks.</summary>
    internal long Bytes => _index.Bytes;

    /// <summary>
    /// Opens the cache that the options ask for; null where they do not, or where its directory cannot be used, which is
    /// logged. Busy if another mount uses the directory.
    /// </summary>
    internal static StorageResult<DiskCache?> Open(ObjectStorageOptions options, TimeProvider time, ILogger logger)
    {
        if (options.CacheDirectory is not { } directory)
        {
            return new StorageResult<DiskCache?>(value: null);
        }

        if (!Directory.Exists(directory))
        {
            ObjectStorageLog.CacheUnusable(logger, directory, "there is no such directory");
            return new StorageResult<DiskCache?>(value: null);
        }

        var lockPath = Path.Combine(directory, LockName);
        try
        {
            // FileShare.None is flock(2) here: it ends with the process, however that ends.
            var locked = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new DiskCache(directory, options.CacheBytes, locked, time, logger);
        }
        catch (IOException error) when (error.HResult is Locked or LockedWindows)
        {
            return new StorageError(
                StorageErrorKind.Busy, $"the cache directory '{directory}' is used by another mount; give each mount its own");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ObjectStorageLog.CacheUnusable(logger, directory, error.Message);
            return new StorageResult<DiskCache?>(value: null);
        }
    }

    /// <summary>The name of a block.</summary>
    /// <param name="location">The storage: tags are unique within one only.</param>
    /// <param name="stored">The object.</param>
    /// <param name="blockSize">Bytes of its blocks.</param>
    /// <param name="index">Which block.</param>
    internal BlockName NameOf(string location, StoredObject stored, int blockSize, int index)
    {
        // NUL is in none of the parts.
        var text = Encoding.UTF8.GetBytes($"{location}\0{stored.Key}\0{stored.Tag}\0{stored.Size}\0{blockSize}\0{index}");
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        return new BlockName(BinaryPrimitives.ReadUInt128BigEndian(hash));
    }

    /// <summary>Whether a block is probably there.</summary>
    internal bool Contains(BlockName name) => _index.Contains(name);

    /// <summary>Reads a block that fills the buffers exactly; false if it is not there. The caller verifies it.</summary>
    internal async ValueTask<bool> TryReadAsync(BlockName name, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken)
    {
        if (!_index.TryUse(name, out var block))
        {
            return false;
        }

        try
        {
            using var file = IOFile.OpenHandle(PathOf(name), options: FileOptions.Asynchronous);
            var length = buffers.Sum(buffer => (long)buffer.Length);
            if (RandomAccess.GetLength(file) != length)
            {
                RemoveDamaged(name);
                return false;
            }

            long at = 0;
            foreach (var buffer in buffers)
            {
                for (var done = 0; done < buffer.Length;)
                {
                    var read = await RandomAccess.ReadAsync(file, buffer[done..], at, cancellationToken).ConfigureAwait(false);
                    if (read == 0)
                    {
                        RemoveDamaged(name);
                        return false;
                    }

                    done += read;
                    at += read;
                }
            }

            if (block.TryTouch(_time.GetUtcNow(), TouchAge))
            {
                IOFile.SetLastWriteTimeUtc(file, _time.GetUtcNow().UtcDateTime);
            }

            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Deleted by somebody, or not readable: gone for us.
            _index.Remove(name);
            if (error is not (FileNotFoundException or DirectoryNotFoundException))
            {
                Suspend(error.Message);
            }

            return false;
        }
    }

    /// <summary>Stores a verified block, unless enough others are being stored or it is not possible. Throws nothing.</summary>
    internal async ValueTask StoreAsync(BlockName name, IReadOnlyList<Memory<byte>> buffers)
    {
        if (!Ready.IsCompleted || _closing.IsCancellationRequested || IsPaused || !_stores.Wait(0, CancellationToken.None))
        {
            return;
        }

        try
        {
            var evicted = new List<BlockName>();
            var isNew = _index.TryAdd(name, buffers.Sum(buffer => (long)buffer.Length), isWritten: false, evicted);
            evicted.ForEach(DeleteFile);
            if (isNew)
            {
                await WriteAsync(name, buffers).ConfigureAwait(false);
            }
        }
        finally
        {
            _stores.Release();
        }
    }

    /// <summary>Removes a block whose bytes were wrong.</summary>
    internal void RemoveDamaged(BlockName name)
    {
        _index.Remove(name);
        DeleteFile(name);
        if (Interlocked.Exchange(ref _damageLogged, 1) == 0)
        {
            ObjectStorageLog.CacheDamaged(_logger, _directory);
        }
    }

    /// <summary>Stops, and lets another mount have the directory. The blocks stay.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await Ready.ConfigureAwait(false);
        for (var i = 0; i < ConcurrentStores; i++)
        {
            // What is being stored is a block on a local disk: it ends. None begins any more.
            await _stores.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await _lock.DisposeAsync().ConfigureAwait(false);
    }

    private bool IsPaused => _time.GetUtcNow().UtcTicks < Interlocked.Read(ref _pausedUntil);

    private async ValueTask WriteAsync(BlockName name, IReadOnlyList<Memory<byte>> buffers)
    {
        try
        {
            var path = PathOf(name);
            CreatePrivate(Path.GetDirectoryName(path)!);
            using (var file = IOFile.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read, FileOptions.Asynchronous))
            {
                long at = 0;
                foreach (var buffer in buffers)
                {
                    await RandomAccess.WriteAsync(file, buffer, at, CancellationToken.None).ConfigureAwait(false);
                    at += buffer.Length;
                }

                IOFile.SetLastWriteTimeUtc(file, _time.GetUtcNow().UtcDateTime);
            }

            _index.Written(name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _index.Remove(name);
            DeleteFile(name);
            Suspend(error.Message);
        }
    }

    private void Scan()
    {
        try
        {
            CreatePrivate(_blocks);
            var found = new List<(BlockName Name, long Size, DateTime Used)>();
            foreach (var file in new DirectoryInfo(_blocks).EnumerateFiles("*", SearchOption.AllDirectories))
            {
                if (_closing.IsCancellationRequested)
                {
                    return;
                }

                if (BlockName.TryParse(file.Name, out var name))
                {
                    found.Add((name, file.Length, file.LastWriteTimeUtc));
                }
            }

            var evicted = new List<BlockName>();
            foreach (var (name, size, _) in found.OrderBy(file => file.Used))
            {
                if (!_index.TryAdd(name, size, isWritten: true, evicted))
                {
                    evicted.Add(name);
                }
            }

            evicted.ForEach(DeleteFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Suspend(error.Message);
        }
    }

    /// <summary>Only the owner may look into it: what is in the backups, is in the cache.</summary>
    private void CreatePrivate(string path)
    {
        if (!Directory.Exists(_directory))
        {
            // A disk that is no longer mounted: what is below its mount point is not the place.
            throw new DirectoryNotFoundException("there is no such directory any more");
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private void DeleteFile(BlockName name)
    {
        try
        {
            IOFile.Delete(PathOf(name));
        }
        catch (DirectoryNotFoundException)
        {
            // Gone is gone.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Suspend(error.Message);
        }
    }

    private void Suspend(string reason)
    {
        Interlocked.Exchange(ref _pausedUntil, (_time.GetUtcNow() + Pause).UtcTicks);
        if (Interlocked.Exchange(ref _unusableLogged, 1) == 0)
        {
            ObjectStorageLog.CacheUnusable(_logger, _directory, reason);
        }
    }

    /// <summary>256 directories, so that none gets too large to be listed quickly.</summary>
    private string PathOf(BlockName name)
    {
        var text = name.ToString();
        return Path.Combine(_blocks, text[..2], text);
    }
}
