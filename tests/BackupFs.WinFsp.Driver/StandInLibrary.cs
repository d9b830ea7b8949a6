using System.Collections.Concurrent;
using BackupFs.WinFsp.Interop;
using BackupFs.WinFsp.Layout;

namespace BackupFs.WinFsp.Driver;

/// <summary>Stands in for WinFsp's DLL: keeps what it is given, and lets a test say what it answers. Thread-safe, for one volume.</summary>
internal sealed class StandInLibrary : IWinFspLibrary
{
    private const nint FileSystem = 0x1000;
    private static long _instances;
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<TransactResponse>> _pending = new();
    private readonly nint _number = FileSystem * (nint)Interlocked.Increment(ref _instances);
    private long _lastHint;
    private volatile bool _stopped;

    internal uint Version { get; init; } = (2 << 16) | 1;

    internal NtStatus PreflightStatus { get; init; }

    internal NtStatus CreateStatus { get; init; }

    internal NtStatus MountStatus { get; init; }

    internal NtStatus StartStatus { get; init; }

    /// <summary>Whether it calls DispatcherStopped, as the DLL does since version 2.0.</summary>
    internal bool TellsOfTheEnd { get; init; } = true;

    internal NtStatus NotifyStatus { get; set; }

    /// <summary>What was called, in order.</summary>
    internal ConcurrentQueue<string> Calls { get; } = new();

    internal List<byte[]> Notifications { get; } = [];

    internal string? Device { get; private set; }

    internal VolumeParams Parameters { get; private set; }

    internal nint TableAddress { get; private set; }

    internal byte[] MountSecurity { get; private set; } = [];

    internal uint Threads { get; private set; }

    internal uint DebugLog { get; private set; }

    internal string? MountPoint { get; private set; }

    /// <summary>The function table that was given; null until then and after the end.</summary>
    internal OperationTable? Table { get; private set; }

    public NtStatus GetVersion(out uint version)
    {
        version = Version;
        return NtStatus.Success;
    }

    public NtStatus Preflight(string device, string? mountPoint) => Called(nameof(Preflight), PreflightStatus);

    public NtStatus Create(string device, in VolumeParams parameters, nint operations, out nint fileSystem)
    {
        Device = device;
        Parameters = parameters;
        TableAddress = operations;
        fileSystem = CreateStatus.IsSuccess() ? _number : 0;
        Table = CreateStatus.IsSuccess() ? new OperationTable(operations, _number) : null;
        return Called(nameof(Create), CreateStatus);
    }

    public void RemoveOperationGuard(nint fileSystem) => Called(nameof(RemoveOperationGuard), NtStatus.Success);

    public void SetDebugLog(nint fileSystem, uint kinds) => DebugLog = kinds;

    public NtStatus SetMountPoint(nint fileSystem, string? mountPoint, ReadOnlySpan<byte> securityDescriptor)
    {
        MountPoint = mountPoint ?? "Z:";
        MountSecurity = securityDescriptor.ToArray();
        return Called(nameof(SetMountPoint), MountStatus);
    }

    public string? GetMountPoint(nint fileSystem) => MountPoint;

    public NtStatus StartDispatcher(nint fileSystem, uint threads)
    {
        Threads = threads;
        return Called(nameof(StartDispatcher), StartStatus);
    }

    public void StopDispatcher(nint fileSystem)
    {
        // WinFsp's first dispatcher thread tells the file system; requests that are pending then are cancelled only after it returned.
        Called(nameof(StopDispatcher), NtStatus.Success);
        _stopped = true;
        if (TellsOfTheEnd)
        {
            Table!.DispatcherStopped(normally: true);
        }

        foreach (TaskCompletionSource<TransactResponse> answer in _pending.Values)
        {
            answer.TrySetResult(new TransactResponse { Status = NtStatus.Cancelled });
        }
    }

    public void Delete(nint fileSystem)
    {
        Called(nameof(Delete), NtStatus.Success);
        Table = null;
    }

    public ulong GetRequestHint() => RequestThread.Hint;

    public uint GetRequestProcess() => RequestThread.Process;

    public FileAccessRights GetRequestAccess() => RequestThread.Access;

    public void SendResponse(nint fileSystem, in TransactResponse response)
    {
        if (!_pending.TryRemove(response.Hint, out TaskCompletionSource<TransactResponse>? answer))
        {
            throw new InvalidOperationException($"An answer to request {response.Hint}, which is not pending.");
        }

        // What is answered after the end began does not reach the program.
        answer.SetResult(_stopped ? new TransactResponse { Status = NtStatus.Cancelled } : response);
    }

    public NtStatus Notify(nint fileSystem, ReadOnlySpan<byte> changes)
    {
        Notifications.Add(changes.ToArray());
        return Called(nameof(Notify), NotifyStatus);
    }

    /// <summary>A request that may be answered later: its number, and its answer if it is.</summary>
    internal (ulong Hint, Task<TransactResponse> Answer) Begin()
    {
        ulong hint = NextHint();
        var answer = new TaskCompletionSource<TransactResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[hint] = answer;
        return (hint, answer.Task);
    }

    /// <summary>The request was answered at once.</summary>
    internal void Forget(ulong hint) => _pending.TryRemove(hint, out _);

    internal ulong NextHint() => (ulong)Interlocked.Increment(ref _lastHint);

    private NtStatus Called(string function, NtStatus status)
    {
        Calls.Enqueue(function);
        return status;
    }
}
