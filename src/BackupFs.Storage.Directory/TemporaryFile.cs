using System.Buffers;
using BackupFs.Storage.Directory.Interop;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.Storage.Directory;

/// <summary>
/// A file that is written before it gets its name. It is held open until then, which tells others that it is not a leftover.
/// Not thread-safe.
/// </summary>
internal sealed class TemporaryFile : IDisposable
{
    private const int Piece = 1 << 20;
    private bool _isPlaced;

    private TemporaryFile(string path) => (Path, Handle) = (
        path, File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete));

    /// <summary>Where it is.</summary>
    internal string Path { get; }

    /// <summary>It, open.</summary>
    internal SafeFileHandle Handle { get; }

    /// <summary>Makes one, and its directory.</summary>
    internal static TemporaryFile Create(string directory, string name)
    {
        System.IO.Directory.CreateDirectory(directory);
        return new TemporaryFile(System.IO.Path.Combine(directory, name));
    }

    /// <summary>Writes a body at an offset.</summary>
    internal void Write(ReadOnlySequence<byte> body, long offset, CancellationToken cancellationToken)
    {
        foreach (var segment in body)
        {
            for (var rest = segment; rest.Length > 0; rest = rest[Math.Min(Piece, rest.Length)..])
            {
                cancellationToken.ThrowIfCancellationRequested();
                var piece = rest[..Math.Min(Piece, rest.Length)];
                RandomAccess.Write(Handle, piece.Span, offset);
                offset += piece.Length;
            }
        }
    }

    /// <summary>Copies another file into it.</summary>
    internal void Copy(SafeFileHandle source, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            var offset = 0L;
            int read;
            while ((read = RandomAccess.Read(source, buffer, offset)) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                RandomAccess.Write(Handle, buffer.AsSpan(0, read), offset);
                offset += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Gives it its time, which is part of its tag, and makes it durable.</summary>
    internal void Seal(DateTime written)
    {
        File.SetLastWriteTimeUtc(Handle, written);
        if (OperatingSystem.IsWindows())
        {
            RandomAccess.FlushToDisk(Handle);
        }
        else
        {
            Posix.Sync(Handle);
        }
    }

    /// <summary>It has got its name: there is nothing to remove any more.</summary>
    internal void Placed() => _isPlaced = true;

    /// <summary>Closes it, and removes it unless it got a name.</summary>
    public void Dispose()
    {
        Handle.Dispose();
        if (_isPlaced)
        {
            return;
        }

        try
        {
            File.Delete(Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next start of a backup looks for leftovers.
        }
    }
}
