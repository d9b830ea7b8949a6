using System.Collections.Concurrent;
using BackupFs.WinFsp.Processes;

namespace BackupFs.Mount.Windows.Tests.Mounting;

/// <summary>Processes that end when and how a test says. Others cannot be looked at.</summary>
internal sealed class FakeProcesses : IProcesses
{
    private readonly ConcurrentDictionary<uint, FakeProcess> _processes = new();
    private int _lastId = 4000;

    public FakeProcess Start(string program = "program.exe", uint parent = 0)
    {
        var process = new FakeProcess((uint)Interlocked.Add(ref _lastId, 4), program, parent);
        _processes[process.Id] = process;
        return process;
    }

    public IProcess? TryOpen(uint processId) => _processes.GetValueOrDefault(processId);

    public uint ParentOf(uint processId) => _processes.TryGetValue(processId, out var process) ? process.Parent : 0;
}
