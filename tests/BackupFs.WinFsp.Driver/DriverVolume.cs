using BackupFs.WinFsp.Layout;
using Microsoft.Extensions.Logging;

namespace BackupFs.WinFsp.Driver;

/// <summary>
/// A volume that is mounted as WinFsp would mount it, but without Windows: plays the driver and the DLL, and calls the very table of functions
/// that they would be given. What a program would get as an error is a <see cref="DriverException"/>. Thread-safe.
/// </summary>
public sealed partial class DriverVolume : IAsyncDisposable
{
    private DriverVolume(WinFspSession session, StandInLibrary library, WinFspVolumeOptions options)
    {
        Session = session;
        Library = library;
        Options = options;
        Nodes = new NodeTable(options.CaseSensitive);
    }

    /// <summary>The session that is under test.</summary>
    public WinFspSession Session { get; }

    /// <summary>The options it was mounted with.</summary>
    public WinFspVolumeOptions Options { get; }

    internal StandInLibrary Library { get; }

    internal NodeTable Nodes { get; }

    internal OperationTable Table => Library.Table ?? throw new InvalidOperationException("The volume is not mounted any more.");

    /// <summary>Mounts a file system.</summary>
    public static async Task<DriverVolume> MountAsync(
        IWinFspOperations operations, WinFspVolumeOptions? options = null, ILogger? log = null, string? mountPoint = "X:")
    {
        options ??= new WinFspVolumeOptions();
        var library = new StandInLibrary();
        WinFspSession session = await WinFspSession.MountAsync(() => library, mountPoint, operations, options, log).ConfigureAwait(false);
        return new DriverVolume(session, library, options);
    }

    /// <summary>Unmounts.</summary>
    public ValueTask DisposeAsync() => Session.DisposeAsync();

    /// <summary>The driver ends the mount by itself, as when WinFsp is uninstalled; the session is still to be disposed.</summary>
    public void StopFromOutside() => Table.DispatcherStopped(normally: false);

    /// <summary>Figures of the volume.</summary>
    public unsafe WinFspVolumeInfo GetInfo()
    {
        VolumeInfo info = default;
        VolumeInfo* answer = &info;
        DriverException.Check(nameof(GetInfo), Call(() => Table.GetVolumeInfo(answer)));
        return ToPublic(info);
    }

    /// <summary>Sets the label.</summary>
    public unsafe WinFspVolumeInfo SetLabel(string label)
    {
        VolumeInfo info = default;
        VolumeInfo* answer = &info;
        DriverException.Check(nameof(SetLabel), Call(() => Table.SetVolumeLabel(label, answer)));
        return ToPublic(info);
    }

    /// <summary>Makes everything durable: FlushFileBuffers of the volume's handle.</summary>
    public unsafe void Flush()
    {
        WinFspFileInfo info = default;
        WinFspFileInfo* answer = &info;
        DriverException.Check(nameof(Flush), Call(() => Table.Flush(0, answer)));
    }

    /// <summary>Calls inside a request that has no process.</summary>
    internal NtStatus Call(Func<NtStatus> callback) => RequestThread.Call(Library.NextHint(), 0, callback);

    private static WinFspVolumeInfo ToPublic(VolumeInfo info) =>
        new(info.TotalSize, info.FreeSize, new string(info.Label[..(info.LabelLength / sizeof(char))]));
}
