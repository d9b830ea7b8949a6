using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Trees;

/// <summary>A directory descriptor that stays open until this is disposed, also when the cache it came from drops it.</summary>
internal readonly struct DirectoryLease : IDisposable
{
    private readonly bool _owned;

    private DirectoryLease(Descriptor descriptor, bool owned)
    {
        Descriptor = descriptor;
        _owned = owned;
    }

    /// <summary>Usable with the *at calls; may be O_PATH.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>Takes a reference; the caller makes sure that nobody disposes the descriptor at the same time.</summary>
    public static DirectoryLease Share(Descriptor descriptor)
    {
        var referenced = false;
        descriptor.DangerousAddRef(ref referenced);
        return new DirectoryLease(descriptor, owned: false);
    }

    /// <summary>Takes ownership.</summary>
    public static DirectoryLease Own(Descriptor descriptor) => new(descriptor, owned: true);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_owned)
        {
            Descriptor.Dispose();
        }
        else
        {
            Descriptor?.DangerousRelease();
        }
    }
}
