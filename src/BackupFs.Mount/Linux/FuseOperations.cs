using System.Diagnostics.CodeAnalysis;
using System.Text;
using BackupFs.FileSystem;
using BackupFs.Fuse;
using BackupFs.Storage;
using Microsoft.Extensions.Logging;

namespace BackupFs.Mount.Linux;

/// <summary>
/// The kernel's requests, translated to <see cref="BackupFileSystem"/> and back. Nothing is decided here but how answers
/// look on the wire.
/// </summary>
/// <remarks>
/// Every handler is an async method that, over a storage of local speed, completes synchronously and answers on the
/// reader thread; otherwise it goes on elsewhere and the reader thread takes the next request.
/// </remarks>
internal sealed partial class FuseOperations : IFuseOperations
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);
    private readonly BackupFileSystem _fileSystem;
    private readonly WireAttributes _wire;
    private readonly HandleTable _handles = new();
    private readonly ILogger _log;
    private readonly bool _mayWait;
    private readonly bool _isRoot = Account.IsRoot;
    private readonly PassthroughMode _passthroughMode;
    private PassthroughTable _passthrough = null!; // both are set by Init, which comes before any request
    private FuseNotifier _notifier = null!;

    public FuseOperations(BackupFileSystem fileSystem, MountOptions options, ILogger log)
    {
        _fileSystem = fileSystem;
        _mayWait = fileSystem.MayWait;
        _wire = new WireAttributes(options);
        _log = log;
        _passthroughMode = options.Passthrough;
    }

    /// <summary>Closes what no release will come for any more: the session ended.</summary>
    public async Task CloseAllAsync()
    {
        var (files, directories) = _handles.TakeAll();
        foreach (var directory in directories)
        {
            _fileSystem.Releasedir(directory);
        }

        // At the same time: some may still be stored.
        await Task.WhenAll(files.Select(file => _fileSystem.ReleaseAsync(file).AsTask())).ConfigureAwait(false);
    }

    public void Init(FuseConnectionInfo connection)
    {
        _notifier = connection.Notifier;
        _passthrough = new PassthroughTable(connection.Passthrough, _passthroughMode);
        _fileSystem.Listener = new KernelCache(connection.Notifier);
    }

    public void Destroy()
    {
    }

    public void Forget(ulong node, ulong count)
    {
        if (_fileSystem.Inodes.TryGet(node, out var inode))
        {
            _fileSystem.Forget(inode, (long)count);
        }
    }

    /// <summary>Runs a handler; whatever it throws answers EIO, and is logged once.</summary>
    private void Start(FuseRequest request, ValueTask handler)
    {
        if (handler.IsCompleted)
        {
            // On this thread the library answers for an exception.
            handler.GetAwaiter().GetResult();
            return;
        }

        _ = ObserveAsync(request, handler);
    }

    private async Task ObserveAsync(FuseRequest request, ValueTask handler)
    {
        try
        {
            await handler.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            MountLog.HandlerFailed(_log, exception);
            try
            {
                request.ReplyError(exception is OperationCanceledException && request.IsInterrupted ? Errno.EINTR : Errno.EIO);
            }
            catch (InvalidOperationException)
            {
                // It had been answered before it failed.
            }
        }
    }

    /// <summary>
    /// Cancelled when the caller no longer waits: it got a signal, or the mount is going away. Every operation takes it, and stops
    /// waiting for a storage that is far away; what must not be cut in the middle goes on (see <see cref="BackupFileSystem"/>).
    /// Over a storage of local speed nothing waits long enough to make a token for.
    /// </summary>
    private CancellationToken Waiting(FuseRequest request) => _mayWait ? request.Interrupted : CancellationToken.None;

    private static bool Reply(FuseRequest request, FsError error) =>
        error == FsError.None ? request.ReplyOk() : request.ReplyError(ErrnoMap.From(error));

    /// <summary>
    /// A name in a directory changed, which changed the directory's time. The kernel forgets the attributes it has when the answer
    /// arrives; but an answer to GETATTR or LOOKUP of the directory that was computed before and arrives after would bring the
    /// old time back, for as long as attributes live (rsync then skips setting the time it finds). So the kernel is told before
    /// the answer, which makes it drop such late ones.
    /// </summary>
    private void DirectoryChanged(Inode directory) => _notifier.InvalidateAttributesNow(directory.Number);

    private void ReplyMade(FuseRequest request, Inode directory, in FsResult<FsEntry> result)
    {
        if (result.IsOk)
        {
            DirectoryChanged(directory);
        }

        ReplyEntry(request, result);
    }

    private void ReplyRemoved(FuseRequest request, Inode directory, FsError error)
    {
        if (error == FsError.None)
        {
            DirectoryChanged(directory);
        }

        Reply(request, error);
    }

    private void ReplyEntry(FuseRequest request, in FsResult<FsEntry> result)
    {
        if (!result.IsOk)
        {
            request.ReplyError(ErrnoMap.From(result.Error));
        }
        else if (!request.ReplyEntry(_wire.From(result.Value)))
        {
            // Nobody took the answer, so nobody will give the reference back.
            _fileSystem.Forget(result.Value.Inode, 1);
        }
    }

    private bool TryInode(FuseRequest request, ulong node, [NotNullWhen(true)] out Inode? inode)
    {
        if (_fileSystem.Inodes.TryGet(node, out inode))
        {
            return true;
        }

        request.ReplyError(Errno.ESTALE);
        return false;
    }

    private bool TryFile(FuseRequest request, ulong handle, [NotNullWhen(true)] out OpenFile? file)
    {
        if (_handles.TryGet(handle, out file))
        {
            return true;
        }

        request.ReplyError(Errno.EBADF);
        return false;
    }

    /// <summary>Directory and new name; invalid UTF-8 cannot be kept by any storage and is refused.</summary>
    private bool TryNewName(
        FuseRequest request, ulong parent, ReadOnlySpan<byte> name, [NotNullWhen(true)] out Inode? inode, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!TryInode(request, parent, out inode))
        {
            return false;
        }

        if (TryDecode(name, out text))
        {
            return true;
        }

        MountLog.NotUtf8(_log, Encoding.UTF8.GetString(name));
        request.ReplyError(Errno.EILSEQ);
        return false;
    }

    /// <summary>Directory and existing name; nothing can exist under invalid UTF-8.</summary>
    private bool TryName(
        FuseRequest request, ulong parent, ReadOnlySpan<byte> name, [NotNullWhen(true)] out Inode? inode, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!TryInode(request, parent, out inode))
        {
            return false;
        }

        if (TryDecode(name, out text))
        {
            return true;
        }

        request.ReplyError(Errno.ENOENT);
        return false;
    }

    private static bool TryDecode(ReadOnlySpan<byte> name, [NotNullWhen(true)] out string? text)
    {
        text = System.Text.Unicode.Utf8.IsValid(name) ? StrictUtf8.GetString(name) : null;
        return text is not null;
    }

    private static Caller CallerOf(FuseRequest request) => new((uint)request.ProcessId, request.UserId, request.GroupId);

    /// <summary>What a new entry starts with. Only root can give files away; for an ordinary user everything is its own.</summary>
    private NewEntry NewEntryOf(FuseRequest request, uint mode) => _isRoot
        ? new NewEntry((int)(mode & 0xfff), request.UserId, request.GroupId)
        : new NewEntry((int)(mode & 0xfff));
}
