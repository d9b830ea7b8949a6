using System.Threading.Channels;
using BackupFs.FileSystem;
using BackupFs.WinFsp;

namespace BackupFs.Mount.Windows;

/// <summary>
/// Drops what Windows and the index of names remember of names that changed without them, and tells programs that watch. In the
/// background: what the change came from does not wait for a call of the driver.
/// </summary>
internal sealed class VolumeCache : IChangeListener, IAsyncDisposable
{
    private const ChangeFilter What = ChangeFilter.DirectoryName | ChangeFilter.FileName | ChangeFilter.Attributes;

    private readonly Channel<string> _changes = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly BackupFileSystem _fileSystem;
    private readonly WinFspOperations _operations;
    private readonly Task _telling;

    public VolumeCache(BackupFileSystem fileSystem, WinFspOperations operations, WinFspNotifier notifier)
    {
        (_fileSystem, _operations) = (fileSystem, operations);
        _telling = Task.Run(() => TellAsync(notifier));
    }

    public void NameChanged(ulong directory, string name)
    {
        _operations.ForgetNames(directory);
        if (_fileSystem.Inodes.TryGet(directory, out var inode) && _fileSystem.PathOf(inode) is { } above)
        {
            var shown = string.Concat(above.Split('/', StringSplitOptions.RemoveEmptyEntries).Append(name).Select(part => @"\" + ShownName.Of(part)));
            _changes.Writer.TryWrite(shown);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _changes.Writer.TryComplete();
        await _telling.ConfigureAwait(false);
    }

    private async Task TellAsync(WinFspNotifier notifier)
    {
        await foreach (var name in _changes.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            notifier.TryNotify([new WinFspChange(name, What, ChangeAction.Modified)]);
        }
    }
}
