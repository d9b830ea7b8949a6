using System.Buffers.Binary;
using System.Runtime.InteropServices;
using BackupFs.WinFsp.Interop;
using BackupFs.WinFsp.Layout;
using Microsoft.Extensions.Logging;

namespace BackupFs.WinFsp;

/// <summary>
/// Tells Windows what changed other than through the mount: caches are dropped, and programs that watch are told. Thread-safe; never
/// waits.
/// </summary>
/// <remarks>
/// Without FspFileSystemNotifyBegin and FspFileSystemNotifyEnd, against the header: what they hold back are renames, between the moment
/// when a file system makes up a list and the one when the driver has gone through it. In releases before 2.2 a rename that comes in between
/// stops the volume for good: the driver's work waits behind that rename, and that for the driver's work. By itself the work holds
/// renames back for as long as it takes, and a name that was renamed before is only told in vain.
/// </remarks>
public sealed class WinFspNotifier
{
    // FSP_FSCTL_NOTIFY_INFO: size (16 bits), filter at 4, action at 8, name at 12.
    private const int HeadSize = 12;
    private const int FilterOffset = 4;
    private const int ActionOffset = 8;
    private readonly object _lock = new();
    private readonly IWinFspLibrary _library;
    private readonly ILogger _log;
    private nint _fileSystem;

    internal WinFspNotifier(IWinFspLibrary library, nint fileSystem, ILogger log)
    {
        _library = library;
        _fileSystem = fileSystem;
        _log = log;
    }

    /// <summary>Tells of changes. False when they could not be told: the mount has ended, or WinFsp refused, which is logged.</summary>
    public bool TryNotify(IReadOnlyCollection<WinFspChange> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        byte[] list = Write(changes);
        lock (_lock)
        {
            if (_fileSystem == 0)
            {
                return false;
            }

            NtStatus status = _library.Notify(_fileSystem, list);
            if (!status.IsSuccess())
            {
                _log.NotificationRefused(status);
            }

            return status.IsSuccess();
        }
    }

    /// <summary>Nothing is told any more; returns when nothing is being told.</summary>
    internal void Stop()
    {
        lock (_lock)
        {
            _fileSystem = 0;
        }
    }

    private static byte[] Write(IReadOnlyCollection<WinFspChange> changes)
    {
        int aligned = changes.Sum(change => HeadSize + (change.Name.Length * sizeof(char)) + DirectoryInfoEntry.Alignment - 1);
        var buffer = new byte[aligned];
        var list = new InfoList(buffer);
        foreach (WinFspChange change in changes)
        {
            int size = HeadSize + (change.Name.Length * sizeof(char));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(size, ushort.MaxValue, nameof(changes));
            list.TryTake(size, out Span<byte> entry);
            BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)size);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[FilterOffset..], (uint)change.Filter);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[ActionOffset..], (uint)change.Action);
            MemoryMarshal.AsBytes(change.Name.AsSpan()).CopyTo(entry[HeadSize..]);
        }

        return buffer[..list.Length];
    }
}
