namespace BackupFs.Storage.Objects;

/// <summary>A name that this process has taken. Thread-safe.</summary>
/// <remarks>
/// The owner object is written again from time to time: that its time is fresh tells other hosts that its owner lives. What the
/// owner cannot refresh, it may have lost: it must refresh before the last step of an end.
/// </remarks>
internal sealed class HeldClaim : IDisposable
{
    /// <summary>How often the owner object is written again.</summary>
    internal static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(60);

    /// <summary>After this time without a refresh another host takes the owner for dead.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly ClaimBoard _board;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private string _tag;
    private long _refreshed;
    private StorageError? _lost;
    private bool _isReleased;

    internal HeldClaim(ClaimBoard board, string directory, string name, OwnerRecord owner, string tag, long refreshed)
    {
        (_board, Directory, Name, Owner, _tag, _refreshed) = (board, directory, name, owner, tag, refreshed);
        ProcessIdentity.SetLive(owner.Id, true);
    }

    internal string Directory { get; }

    internal string Name { get; }

    internal OwnerRecord Owner { get; private set; }

    /// <summary>Writes the owner object again, unless that was done a moment ago. An error that is not transient is final: the name is lost.</summary>
    internal async ValueTask<StorageError?> RefreshAsync(TimeSpan maximumAge, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _lost ?? (_board.Time.GetElapsedTime(_refreshed) < maximumAge || _isReleased
                ? null
                : await WriteAsync(Owner, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Leaves the backup for somebody to resume.</summary>
    internal async ValueTask<StorageError?> SuspendAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isReleased || _lost is not null)
            {
                return _lost;
            }

            var error = await WriteAsync(Owner with { Purpose = OwnerPurpose.Suspended }, cancellationToken).ConfigureAwait(false);
            _isReleased = true;
            ProcessIdentity.SetLive(Owner.Id, false);
            return error;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Gives the name back.</summary>
    internal async ValueTask<StorageError?> ReleaseAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isReleased || _lost is not null)
            {
                return _lost;
            }

            var error = await _board.DeleteAsync(Directory, Name, cancellationToken).ConfigureAwait(false);
            _isReleased = error is null;
            if (_isReleased)
            {
                ProcessIdentity.SetLive(Owner.Id, false);
            }

            return error;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>As the death of the process would: nothing is written, and nobody of this process holds the name any more.</summary>
    public void Dispose()
    {
        _isReleased = true;
        ProcessIdentity.SetLive(Owner.Id, false);
        _gate.Dispose();
    }

    private async ValueTask<StorageError?> WriteAsync(OwnerRecord owner, CancellationToken cancellationToken)
    {
        var before = _board.Time.GetTimestamp();
        var written = await _board.ReplaceAsync(Directory, Name, owner, _tag, cancellationToken).ConfigureAwait(false);
        if (written.IsOk)
        {
            (_tag, _refreshed, Owner) = (written.Value, before, owner);
            return null;
        }

        if (written.Error.Kind == StorageErrorKind.AlreadyExists)
        {
            ProcessIdentity.SetLive(Owner.Id, false);
            return _lost = new StorageError(
                StorageErrorKind.Io,
                $"the backup '{BackupPath.Printable(BackupPath.Join(Directory, Name))}' was taken over or removed by somebody else: nothing more can be written here");
        }

        return written.Error;
    }
}
