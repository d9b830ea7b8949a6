using System.Text;
using BackupFs.FileSystem;
using BackupFs.Fuse;

namespace BackupFs.Mount.Linux;

/// <summary>Drops what the kernel remembers of names that changed without it.</summary>
internal sealed class KernelCache(FuseNotifier notifier) : IChangeListener
{
    public void NameChanged(ulong directory, string name) => notifier.InvalidateEntry(directory, Encoding.UTF8.GetBytes(name));
}
