using Microsoft.Win32.SafeHandles;

namespace BackupFs.Fuse.Mounting;

/// <summary>A descriptor of /dev/fuse that is mounted, and how to unmount it. Each way of mounting has its own.</summary>
internal abstract class MountedDevice(SafeFileHandle device, string mountpoint)
{
    /// <summary>The descriptor requests come from; owned by the session.</summary>
    internal SafeFileHandle Device { get; } = device;

    /// <summary>Where it is mounted.</summary>
    internal string Mountpoint { get; } = mountpoint;

    /// <summary>Unmounts; blocks until the kernel is done. Throws <see cref="FuseMountException"/>.</summary>
    internal abstract void Unmount(bool lazy);

    /// <summary>
    /// Ends the connection at once, so that every call into the mount fails from then on, and unmounts. False when this
    /// is not possible.
    /// </summary>
    internal abstract bool TryAbort();
}
