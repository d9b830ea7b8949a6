using System.Diagnostics.CodeAnalysis;

namespace BackupFs.Storage.Objects;

/// <summary>
/// The bytes of one file of an open backup: a stored version, and what was written since. Streams to the store in parts as it
/// is written; keeps the beginning of a file and its latest bytes in memory, so that they can be written again. Thread-safe.
/// </summary>
/// <remarks>
/// <para>A granule of the file is a page in memory if there is one, else what the stored version has there, else zeros. An
/// upload takes granules in ascending order: unchanged runs are copied inside the store, others are sent. What was given to an
/// upload cannot change before the upload is complete and thereby the stored version.</para>
/// <para>Locking, all of it. <c>_gate</c> guards the fields and is held for moments, also while bytes are copied to or from a
/// page; nothing is awaited and neither the store nor <see cref="IContentKeys"/> is called under it. The budget's lock is
/// the only one taken inside it. <c>_exclusive</c> is the turn of whoever needs the pages to stay as they are for longer: a
/// flush, a truncation, an eviction, the end. Writers wait while somebody has it, and re-examine everything afterwards; they
/// never have it themselves. So:</para>
/// <list type="bullet">
/// <item>A writer waits for memory holding at most one granule of its own and no turn: its file can be evicted meanwhile.</item>
/// <item>Whoever has the turn, and every part under way, waits for no memory but
/// <see cref="MemoryBudget.RentForTransferAsync"/>, for the store, which has time-outs, and for earlier parts.</item>
/// <item>A part that has transfer memory waits only for the store: it has waited for the sums of earlier parts before it asked
/// for memory.</item>
/// </list>
/// </remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "A token source without a timer or a link holds nothing.")]
internal sealed partial class FileContent : IMemoryReclaimer
{
    private const int Granule = MemoryBudget.GranuleBytes;

    private readonly Lock _gate = new();
    private readonly TransferContext _context;
    private readonly IContentKeys _keys;
    private readonly ContentWindows _windows;
    private readonly PartSchedule _schedule;
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Dictionary<long, ContentPage> _pages = [];
    private volatile string _path;
    private StoredObject? _stored;
    private long _storedLength;
    private long _size;
    private long _writtenEnd;
    private int _changedPages;
    private bool _isDirty;
    private bool _isDiscarded;
    private StorageError? _error;
    private StorageError? _lastFlushError;
    private PartUpload? _upload;
    private GranuleRanges _freed = new();
    private ContentSum? _sum;
    private FileChecksums? _checksums;
    private TaskCompletionSource? _exclusive;
    private Task<StorageResult<Done>>? _flush;
    private Task _cleanup = Task.CompletedTask;
    private IDisposable? _reclaiming;
    private long _lastWritten;

    /// <param name="context">Store and memory.</param>
    /// <param name="keys">Where versions are put.</param>
    /// <param name="path">For messages.</param>
    /// <param name="stored">The version there is; null for an empty file that was never stored.</param>
    /// <param name="windows">What stays in memory; the context's for null.</param>
    internal FileContent(
        TransferContext context, IContentKeys keys, string path, StoredObject? stored, ContentWindows? windows = null)
    {
        _context = context;
        _keys = keys;
        _path = path;
        _windows = windows ?? context.Windows;
        _schedule = new PartSchedule(context.Store.Limits, context.Memory.Limit, _windows.Part);
        _stored = stored;
        _storedLength = _size = stored?.Size ?? 0;
        _isDirty = stored is null;
    }

    /// <summary>Bytes, with all that was written.</summary>
    internal long Size => Volatile.Read(ref _size);

    /// <summary>The version stored last; null before the first.</summary>
    internal StoredObject? Stored => Volatile.Read(ref _stored);

    /// <summary>Whether there is anything that <see cref="FlushAsync"/> would store.</summary>
    internal bool IsDirty => Volatile.Read(ref _isDirty);

    /// <summary>The path for messages; a rename changes it.</summary>
    internal string Path
    {
        get => _path;
        set => _path = value;
    }

    /// <summary>Cuts the content, or extends it with zeros.</summary>
    /// <remarks>To 0 always works, and forgets errors. What was streamed already can be cut only by storing it first.</remarks>
    internal ValueTask<StorageResult<Done>> ResizeAsync(long size, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (RefuseSize(size) is { } refused)
            {
                return new(refused);
            }

            if (_exclusive is null && (size > (_upload?.SentEnd ?? 0) || _upload is null))
            {
                ApplySize(size);
                return new(Done.Ok);
            }
        }

        return new(ResizeWithTurnAsync(size).WaitAsync(cancellationToken));
    }

    /// <summary>The last descriptor is closed: what is stored is dropped from memory; what is not (a flush failed) is given up.</summary>
    internal async ValueTask ReleaseAsync()
    {
        await EnterAsync().ConfigureAwait(false);
        lock (_gate)
        {
            if (_isDirty && _error is null && !_isDiscarded)
            {
                _error = _lastFlushError
                    ?? new StorageError(StorageErrorKind.Io, $"'{Path}': it was closed before everything written was stored");
            }
        }

        await GiveUpAsync().ConfigureAwait(false);
    }

    /// <summary>The content is not wanted any more: cancels and aborts what is under way, and frees the memory. Later calls fail.</summary>
    internal async ValueTask DiscardAsync()
    {
        lock (_gate)
        {
            _isDiscarded = true;
        }

        await _lifetime.CancelAsync().ConfigureAwait(false);
        await EnterAsync().ConfigureAwait(false);
        await GiveUpAsync().ConfigureAwait(false);
    }

    /// <summary>The stored version was copied to another key; false if it is no longer the version stored, or is being replaced.</summary>
    internal bool TryRelocate(StoredObject from, StoredObject to)
    {
        lock (_gate)
        {
            if (_exclusive is not null || _isDirty || _stored != from)
            {
                return false;
            }

            Volatile.Write(ref _stored, to);
            return true;
        }
    }

    private static StorageError Invalid(string what) => new(StorageErrorKind.InvalidArgument, what);

    /// <summary>Has the turn: drops all memory and the upload, and ends the turn.</summary>
    private async ValueTask GiveUpAsync()
    {
        await StopUploadAsync().ConfigureAwait(false);
        Task cleanup;
        IDisposable? reclaiming;
        lock (_gate)
        {
            FreePages();
            CloseSpool();
            reclaiming = _reclaiming;
            _reclaiming = null;
            cleanup = _cleanup;
        }

        reclaiming?.Dispose();
        await cleanup.ConfigureAwait(false);
        Exit();
    }

    private StorageError? RefuseSize(long size) =>
        _isDiscarded ? Discarded
        : size < 0 ? Invalid($"'{Path}': a size is 0 or more")
        : size == 0 ? null
        : Failure is { } error ? error
        : size > _context.Store.Limits.MaximumObjectSize ? TooLarge(size)
        : null;

    private StorageError TooLarge(long size) => new(
        StorageErrorKind.FileTooLarge,
        $"'{Path}': {size} bytes are more than an object may have ({_context.Store.Limits.MaximumObjectSize})");

    /// <summary>Under the lock: the error that every call tells.</summary>
    private StorageError? Failure => _error ?? _upload?.Error;

    private StorageError Discarded => new(StorageErrorKind.NotFound, $"'{Path}': it was removed or its backup was given up");

    private async Task<StorageResult<Done>> ResizeWithTurnAsync(long size)
    {
        await EnterAsync().ConfigureAwait(false);
        try
        {
            if (size == 0)
            {
                await StopUploadAsync().ConfigureAwait(false);
            }
            else if (IsSent(size)
                && (await _keys.AnnouncePartialAsync().ConfigureAwait(false) ?? await StoreAsync(evict: false).ConfigureAwait(false)) is { } error)
            {
                return error;
            }

            lock (_gate)
            {
                if (RefuseSize(size) is { } refused)
                {
                    return refused;
                }

                ApplySize(size);
                return Done.Ok;
            }
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>Whether the end of a file of this size would be in what was given to the upload.</summary>
    private bool IsSent(long size)
    {
        lock (_gate)
        {
            return _upload is not null && size <= _upload.SentEnd;
        }
    }

    /// <summary>Under the lock, no upload behind the new end.</summary>
    private void ApplySize(long size)
    {
        if (size == 0)
        {
            FreePages();
            CloseSpool();
            _isSpoolFull = false;
            _error = _lastFlushError = null;
            _sum?.Abandon();
            _sum = null;
            _checksums = null;
            _storedLength = _writtenEnd = 0;
            Volatile.Write(ref _size, 0);
            Volatile.Write(ref _isDirty, _stored is not { Size: 0 });
            return;
        }

        if (size == _size)
        {
            return;
        }

        if (size < _size)
        {
            _sum?.Touch(size);
            foreach (var index in _pages.Keys.Where(index => index * Granule >= size).ToList())
            {
                FreePage(index);
            }

            if (size % Granule != 0 && _pages.TryGetValue(size / Granule, out var last))
            {
                last.Memory.Span[(int)(size % Granule)..].Clear();
            }

            _spool?.Cut(size);
            _storedLength = Math.Min(_storedLength, size);
            _writtenEnd = Math.Min(_writtenEnd, size);
        }

        Volatile.Write(ref _size, size);
        Volatile.Write(ref _isDirty, true);
    }

    private void FreePages()
    {
        foreach (var page in _pages.Values)
        {
            page.Memory.Dispose();
        }

        _pages.Clear();
        _changedPages = 0;
    }

    private void FreePage(long index)
    {
        if (_pages.Remove(index, out var page))
        {
            _changedPages -= page.IsChanged ? 1 : 0;
            page.Memory.Dispose();
        }
    }

    private void AddPage(long index, ContentPage page)
    {
        _pages.Add(index, page);
        _reclaiming ??= _context.Memory.AddReclaimer(this);
    }

    /// <summary>Waits for the turn. Everything has to be examined anew when one has it.</summary>
    private async ValueTask EnterAsync()
    {
        while (true)
        {
            Task other;
            lock (_gate)
            {
                if (_exclusive is null)
                {
                    _exclusive = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    return;
                }

                other = _exclusive.Task;
            }

            await other.ConfigureAwait(false);
        }
    }

    /// <summary>Ends the turn.</summary>
    private void Exit()
    {
        TaskCompletionSource turn;
        lock (_gate)
        {
            turn = _exclusive!;
            _exclusive = null;
            if (_upload is { Error: not null, InFlight: 0 } failed)
            {
                FailStream(failed);
            }

            Stream();
        }

        turn.SetResult();
    }
}
