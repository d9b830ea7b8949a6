using System.Collections.Concurrent;

namespace BackupFs.FileSystem.Tests.Support;

/// <summary>Remembers what it was told.</summary>
internal sealed class RecordingListener : IChangeListener
{
    public ConcurrentQueue<(ulong Directory, string Name)> Names { get; } = new();

    public void NameChanged(ulong directory, string name) => Names.Enqueue((directory, name));
}
