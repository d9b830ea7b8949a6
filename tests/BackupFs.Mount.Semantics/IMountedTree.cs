namespace BackupFs.Mount.Semantics;

/// <summary>
/// A mount as programs use it. Paths have slashes and begin below the mount point; <c>""</c> is the mount point. Calls wait for
/// their answers. What fails unexpectedly throws.
/// </summary>
public interface IMountedTree : IAsyncDisposable
{
    /// <summary>Where it stores.</summary>
    ITreeStorage Storage { get; }

    /// <summary>What verbs use.</summary>
    IMountControl Control { get; }

    /// <summary>A path as <see cref="Control"/> takes it.</summary>
    string FullPath(string path);

    /// <summary>Makes a directory.</summary>
    Refusal MakeDirectory(string path);

    /// <summary>Writes a whole file, which is made, or emptied first, as programs do that save.</summary>
    Refusal Write(string path, ReadOnlySpan<byte> content);

    /// <summary>Opens a file for reading and writing; makes it if asked to.</summary>
    IMountedFile Open(string path, bool create = false);

    /// <summary>Cuts or extends a file.</summary>
    Refusal Truncate(string path, long size);

    /// <summary>Reads a whole file.</summary>
    byte[] Read(string path);

    /// <summary>Reads a part of a file; fewer bytes at its end.</summary>
    byte[] ReadAt(string path, long offset, int length);

    /// <summary>The names in a directory, in ordinal order.</summary>
    IReadOnlyList<string> List(string path);

    /// <summary>Whether there is something.</summary>
    bool Exists(string path);

    /// <summary>Bytes of a file.</summary>
    long SizeOf(string path);

    /// <summary>When a file was written last.</summary>
    DateTime TimeOf(string path);

    /// <summary>Sets when a file was written last.</summary>
    Refusal SetTime(string path, DateTime time);

    /// <summary>Renames; a file that has the new name is replaced.</summary>
    Refusal Rename(string path, string newPath);

    /// <summary>Removes a file or an empty directory.</summary>
    Refusal Remove(string path);

    /// <summary>Makes what was written to a file or directory durable.</summary>
    Refusal Sync(string path);

    /// <summary>Starts a program that makes a file, or empties it, writes some text into it, and keeps it open.</summary>
    ITreeWriter StartWriter(string path, string text);
}
