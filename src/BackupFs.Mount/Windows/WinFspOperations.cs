using System.Collections.Concurrent;
using BackupFs.FileSystem;
using BackupFs.Storage;
using BackupFs.WinFsp;
using Microsoft.Extensions.Logging;

namespace BackupFs.Mount.Windows;

/// <summary>
/// WinFsp's requests, translated to <see cref="BackupFileSystem"/> and back. Decided here is only what Windows sees otherwise
/// than Linux does: names without regard to case, files that are deleted by closing them, directories that are made before
/// they are named. See docs/SEMANTICS.md, "Windows".
/// </summary>
internal sealed partial class WinFspOperations : IWinFspOperations, IDisposable
{
    private readonly BackupFileSystem _fileSystem;
    private readonly AccessRules _rules;
    private readonly NameIndex _names;
    private readonly PathWalker _walker;
    private readonly NameClaims _claims = new();
    private readonly ConcurrentDictionary<VolumeHandle, bool> _open = new();
    private readonly CancellationTokenSource _waiting = new();
    private readonly MountOptions _options;
    private readonly ILogger _log;

    public WinFspOperations(
        BackupFileSystem fileSystem, MountOptions options, AccessRules rules, TimeProvider time, ILogger log)
    {
        _fileSystem = fileSystem;
        _options = options;
        _rules = rules;
        _names = new NameIndex(fileSystem, time);
        _walker = new PathWalker(fileSystem, _names);
        _log = log;
    }

    /// <summary>How many files, not directories, are open.</summary>
    public int OpenFiles => _open.Keys.Count(handle => handle.File is not null);

    /// <summary>What is known of a directory's names is no longer true.</summary>
    public void ForgetNames(ulong directory) => _names.Forget(directory);

    /// <summary>Operations no longer wait for a storage that is far away: the mount is going away.</summary>
    public void StopWaiting() => _waiting.Cancel();

    /// <summary>Closes what no Close will come for any more: the session ended.</summary>
    public async Task CloseAllAsync()
    {
        // At the same time: some may still be stored.
        await Task.WhenAll(_open.Keys.Select(handle => Close(handle).AsTask())).ConfigureAwait(false);
        _names.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _names.Dispose();
        _waiting.Dispose();
    }

    public void Stopped(WinFspEnding ending)
    {
        // The session hears of it, too, and closes what is open.
    }

    public async ValueTask<WinFspResult<WinFspVolumeInfo>> GetVolumeInfo()
    {
        var space = await _fileSystem.StatfsAsync(_waiting.Token).ConfigureAwait(false);
        return space.IsOk
            ? new WinFspVolumeInfo((ulong)space.Value.TotalBytes, (ulong)space.Value.AvailableBytes, _options.Source)
            : NtStatusMap.From(space.Error);
    }

    /// <summary>The label is the storage's name.</summary>
    public ValueTask<WinFspResult<WinFspVolumeInfo>> SetVolumeLabel(string label) => new(NtStatus.MediaWriteProtected);

    public async ValueTask<NtStatus> FlushVolume()
    {
        var results = await Task.WhenAll(_open.Keys.Select(handle => SyncFileAsync(handle).AsTask())).ConfigureAwait(false);
        return NtStatusMap.From(results.FirstOrDefault(error => error != FsError.None));
    }

    /// <summary>Takes note of an open that succeeded.</summary>
    private WinFspOpened Opened(VolumeHandle handle, in EntryAttributes attributes, string path)
    {
        _open[handle] = true;
        return new WinFspOpened(handle, FileFacts.From(attributes), path);
    }

    private async ValueTask<WinFspResult<WinFspFileInfo>> InfoAsync(VolumeHandle handle)
    {
        var attributes = await _fileSystem.GetAttributesAsync(handle.Inode, handle.File, _waiting.Token).ConfigureAwait(false);
        return Info(attributes);
    }

    private static WinFspResult<WinFspFileInfo> Info(in FsResult<EntryAttributes> attributes) =>
        attributes.IsOk ? FileFacts.From(attributes.Value) : NtStatusMap.From(attributes.Error);
}
