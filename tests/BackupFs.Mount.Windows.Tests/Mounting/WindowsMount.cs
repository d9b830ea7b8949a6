using BackupFs.FileSystem;
using BackupFs.Mount.Semantics;
using BackupFs.Storage;
using BackupFs.WinFsp.Driver;
using BackupFs.WinFsp.Security;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Mount.Windows.Tests.Mounting;

/// <summary>A file system mounted by the adapter, with what stands in for WinFsp: driver calls go through its function table.</summary>
internal sealed class WindowsMount : IAsyncDisposable
{
    /// <summary>Who mounts.</summary>
    public static readonly Sid Owner = Sid.Parse("S-1-5-21-1-2-3-1001");

    private readonly ITreeStorage _place;
    private readonly IBackupStorage _storage;

    private WindowsMount(ITreeStorage place, IBackupStorage storage, BackupFileSystem fileSystem, FakeProcesses processes)
    {
        (_place, _storage, FileSystem, Processes) = (place, storage, fileSystem, processes);
        Control = new WindowsMountControl(new DriverControl(() => Session.Ended.IsCompleted ? null : Volume), TimeProvider.System);
    }

    public BackupFileSystem FileSystem { get; }

    public FakeProcesses Processes { get; }

    public DriverVolume Volume { get; private set; } = null!;

    public IMountSession Session { get; private set; } = null!;

    public WindowsMountControl Control { get; }

    public ITreeStorage Storage => _place;

    public static async Task<WindowsMount> StartAsync(
        ITreeStorage? place = null,
        FileSystemOptions? options = null,
        FaultPlan? faults = null,
        Func<MountOptions, MountOptions>? mountOptions = null,
        ILoggerFactory? loggers = null)
    {
        place ??= new FileTreeStorage();
        loggers ??= NullLoggerFactory.Instance;
        var storage = place.Open();
        storage = faults is null ? storage : new FaultyStorage(storage, faults);
        var processes = new FakeProcesses();
        var fileSystem = await BackupFileSystem.StartAsync(
            storage,
            options ?? new FileSystemOptions { End = EndPolicy.Manual },
            new WindowsWriterObserver(processes, TimeProvider.System),
            TimeProvider.System,
            loggers,
            default);
        var mount = new WindowsMount(place, storage, fileSystem, processes);
        var adapter = new WinFspMountAdapter(loggers, TimeProvider.System, async (mountPoint, operations, volumeOptions, log) =>
        {
            mount.Volume = await DriverVolume.MountAsync(operations, volumeOptions, log, mountPoint!);
            return mount.Volume.Session;
        }, () => Owner);
        var asked = new MountOptions { MountPoint = DriverControl.MountPoint, Source = storage.Location };
        mount.Session = await adapter.MountAsync(fileSystem, mountOptions?.Invoke(asked) ?? asked, default);
        return mount;
    }

    /// <summary>A mount with the directory <c>d</c> and the backup <c>d\b.partial</c> begun in it.</summary>
    public static async Task<WindowsMount> BegunAsync(
        FileSystemOptions? options = null, FaultPlan? faults = null, ITreeStorage? place = null, string shownName = "b.partial")
    {
        var mount = await StartAsync(place, options, faults);
        mount.Volume.CreateDirectory(@"\d");
        mount.Volume.CreateDirectory($@"\d\{shownName}");
        return mount;
    }

    public string? State(string name) => Control.Get(DriverControl.MountPoint + name, ControlAttributes.State);

    public string? Error(string name) => Control.Get(DriverControl.MountPoint + name, ControlAttributes.Error);

    public void End(string name) => Control.Set(DriverControl.MountPoint + name, ControlAttributes.State, "complete");

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        await FileSystem.DisposeAsync();
        await _storage.CloseAsync(default);
        await _place.DisposeAsync();
    }
}
