using BackupFs.Fuse.Interop;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.Fuse.Transport;

/// <summary>One open file of /dev/fuse. Replies after it was closed are harmless.</summary>
internal sealed class DeviceChannel(SafeFileHandle device) : IFuseChannel, IDisposable
{
    internal SafeFileHandle Device { get; } = device;

    /// <summary>Waits for a request and reads it; a negative result comes with the error.</summary>
    internal int Read(Span<byte> buffer, out Errno error) => FuseDevice.Read(Device, buffer, out error);

    public Errno Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        try
        {
            Errno error;
            do
            {
                error = FuseDevice.Write(Device, head, body);
            }
            while (error == Errno.EINTR);

            // EPERM: the connection is gone; ECONNABORTED: it was aborted.
            return error is Errno.EPERM or Errno.ECONNABORTED or Errno.ENOTCONN ? Errno.ENODEV : error;
        }
        catch (ObjectDisposedException)
        {
            return Errno.ENODEV;
        }
    }

    public void Dispose() => Device.Dispose();
}
