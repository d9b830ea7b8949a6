using BackupFs.FileSystem;
using BackupFs.Fuse;
using BackupFs.Storage;

namespace BackupFs.Mount.Linux;

/// <summary>
/// Decides, inode by inode, whether the kernel moves the bytes itself. Thread-safe.
/// </summary>
/// <remarks>
/// While any handle of an inode passes through, every further one has to, with the same backing file; and while any
/// handle does not, none may: the kernel fails the user's open otherwise.
/// </remarks>
internal sealed class PassthroughTable(FusePassthrough passthrough, PassthroughMode mode)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, Use> _uses = [];

    /// <summary>The backing file to answer the open with; null to serve the file by READ and WRITE.</summary>
    public BackingFile? Acquire(OpenFile file)
    {
        lock (_lock)
        {
            var node = file.Inode.Number;
            if (_uses.TryGetValue(node, out var use))
            {
                use.Handles++;
                return use.Backing;
            }

            var backing = passthrough.Supported && Wants(file) && file.File.LocalDescriptor is { } descriptor
                ? passthrough.Register(descriptor, out _)
                : null;
            _uses.Add(node, new Use(backing));
            return backing;
        }
    }

    /// <summary>The handle is released.</summary>
    public void Release(OpenFile file)
    {
        BackingFile? unused = null;
        lock (_lock)
        {
            if (_uses.TryGetValue(file.Inode.Number, out var use) && --use.Handles == 0)
            {
                _uses.Remove(file.Inode.Number);
                unused = use.Backing;
            }
        }

        unused?.Dispose();
    }

    private bool Wants(OpenFile file) => file.MayPassThrough && mode switch
    {
        PassthroughMode.Auto => true,
        PassthroughMode.Writes => file.IsWritable,
        PassthroughMode.Off => false,
    };

    private sealed class Use(BackingFile? backing)
    {
        public BackingFile? Backing { get; } = backing;

        public int Handles { get; set; } = 1;
    }
}
