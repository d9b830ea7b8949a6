using BackupFs.Cli;
using BackupFs.Cli.Mounting;
using BackupFs.Mount;
using BackupFs.Storage;
using Microsoft.Extensions.Logging;

namespace BackupFs.Cli.Tests;

/// <summary>A world for the program that remembers what it is told; the parts of it are replaced by tests.</summary>
internal sealed class TestWorld : IComposition, IBackgroundProcess
{
    public Dictionary<string, string> Environment { get; } = new() { ["HOME"] = "/home/somebody" };

    public StringWriter Output { get; } = new();

    public StringWriter Error { get; } = new();

    public bool IsPrivileged { get; set; } = true;

    public bool IsWindows { get; init; }

    public bool IsTerminal { get; set; }

    public string MachineConfiguration { get; set; } = "/nowhere/config.json";

    public FakeMountControl Control { get; } = new();

    public Func<string, IBackupStorage>? Storages { get; set; }

    /// <summary>The storage opened last.</summary>
    public StorageSource? Opened { get; private set; }

    public Func<MountRequest, IRunningMount>? Mounts { get; set; }

    public CancellationTokenSource Stop { get; } = new();

    public CancellationTokenSource Abandon { get; } = new();

    IMountControl IComposition.MountControl => Control;

    IBackgroundProcess IComposition.BackgroundProcess => this;

    public CommandContext Context => new()
    {
        Output = Output,
        Error = Error,
        IsOutputTerminal = IsTerminal,
        IsPrivileged = IsPrivileged,
        IsWindows = IsWindows,
        GetEnvironment = name => Environment.GetValueOrDefault(name),
        MachineConfiguration = MachineConfiguration,
        Time = TimeProvider.System,
        Composition = this,
        Abandon = Abandon.Token,
    };

    /// <summary>Runs the program in this process.</summary>
    public Task<int> RunAsync(params string[] arguments) => CommandLineProgram.RunAsync(arguments, Context, "backupfs", Stop.Token);

    IBackupStorage IComposition.OpenStorage(StorageSource source, ILoggerFactory loggers) =>
        Storages?.Invoke((Opened = source).Location) ?? throw new StorageException(StorageErrorKind.NotFound, "the test has no storage");

    Task<IRunningMount> IComposition.MountAsync(MountRequest request, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        Task.FromResult(Mounts?.Invoke(request) ?? throw new MountException("the test has no mount"));

    void IBackgroundProcess.LeaveSession()
    {
    }

    void IBackgroundProcess.LeaveStandardStreams()
    {
    }
}
