using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using BackupFs.FileSystem;

namespace BackupFs.Mount.Linux;

/// <summary>The open files and directories by the number that the kernel gives back. Numbers are never used again. Thread-safe.</summary>
internal sealed class HandleTable
{
    private readonly ConcurrentDictionary<ulong, OpenFile> _files = new();
    private readonly ConcurrentDictionary<ulong, OpenDirectory> _directories = new();
    private ulong _last;

    public ulong Add(OpenFile file)
    {
        var number = Interlocked.Increment(ref _last);
        _files[number] = file;
        return number;
    }

    public ulong Add(OpenDirectory directory)
    {
        var number = Interlocked.Increment(ref _last);
        _directories[number] = directory;
        return number;
    }

    public bool TryGet(ulong number, [NotNullWhen(true)] out OpenFile? file) => _files.TryGetValue(number, out file);

    public bool TryGet(ulong number, [NotNullWhen(true)] out OpenDirectory? directory) => _directories.TryGetValue(number, out directory);

    public bool TryRemove(ulong number, [NotNullWhen(true)] out OpenFile? file) => _files.TryRemove(number, out file);

    public bool TryRemove(ulong number, [NotNullWhen(true)] out OpenDirectory? directory) => _directories.TryRemove(number, out directory);

    /// <summary>Takes everything that is still open: the session ended and no release will come.</summary>
    public (IReadOnlyList<OpenFile> Files, IReadOnlyList<OpenDirectory> Directories) TakeAll()
    {
        var files = _files.Values.ToArray();
        var directories = _directories.Values.ToArray();
        _files.Clear();
        _directories.Clear();
        return (files, directories);
    }
}
