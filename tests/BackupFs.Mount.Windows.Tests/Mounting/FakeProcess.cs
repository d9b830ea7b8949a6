using BackupFs.WinFsp.Processes;

namespace BackupFs.Mount.Windows.Tests.Mounting;

/// <summary>A process that ends in the two steps that Windows has: its exit code is set, then, with its handles closed, it is over.</summary>
internal sealed class FakeProcess(uint id, string program, uint parent) : IProcess
{
    /// <summary>What Process.Kill leaves as the exit code.</summary>
    public const uint Killed = 0xFFFFFFFF;

    private readonly TaskCompletionSource<uint?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private uint? _code;

    public uint Id => id;

    public uint Parent => parent;

    public string Program => program;

    public bool IsEnding { get; private set; }

    public Task<uint?> Ended => _ended.Task;

    /// <summary>How often it was given up.</summary>
    public int Disposals { get; private set; }

    /// <summary>Its exit code is set; null for one that cannot be read.</summary>
    public void BeginEnd(uint? code)
    {
        _code = code;
        IsEnding = true;
    }

    /// <summary>It is over.</summary>
    public void End() => _ended.TrySetResult(_code);

    public void Dispose() => Disposals++;
}
