namespace BackupFs.Fuse;

/// <summary>A file registered for passthrough. Dispose when the last open of the node was released; thread-safe.</summary>
public sealed class BackingFile : IDisposable
{
    private readonly FusePassthrough _owner;
    private int _closed;

    internal BackingFile(FusePassthrough owner, int id)
    {
        _owner = owner;
        Id = id;
    }

    /// <summary>What ReplyOpened and ReplyCreated take.</summary>
    public int Id { get; }

    /// <summary>Gives the registration back. Files opened with it are not affected.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            _owner.Close(Id);
        }
    }
}
