namespace BackupFs.Fuse.Transport;

/// <summary>
/// Where a request came from and where its reply goes: with cloned descriptors, a reply is accepted only on the
/// descriptor its request was read from. Thread-safe.
/// </summary>
internal interface IFuseChannel
{
    /// <summary>
    /// Writes one message of two parts. ENOENT: the request is gone (interrupted). ENODEV: the session is over.
    /// </summary>
    Errno Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body);
}
