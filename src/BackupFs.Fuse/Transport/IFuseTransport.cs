namespace BackupFs.Fuse.Transport;

/// <summary>What brings requests from the kernel to the dispatcher. The classic one reads /dev/fuse on threads.</summary>
internal interface IFuseTransport : IDisposable
{
    /// <summary>Completes when the connection ended and no thread of the transport runs any more.</summary>
    Task<SessionEnding> Completion { get; }

    /// <summary>Threads reading requests now.</summary>
    int ReaderCount { get; }

    /// <summary>Starts serving; INIT was answered before.</summary>
    void Start(FuseConnectionInfo connection);
}
