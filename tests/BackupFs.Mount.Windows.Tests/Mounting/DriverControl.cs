using BackupFs.WinFsp;
using BackupFs.WinFsp.Control;
using BackupFs.WinFsp.Driver;

namespace BackupFs.Mount.Windows.Tests.Mounting;

/// <summary>Control codes as they come through the driver: what CreateFile and DeviceIoControl do on Windows.</summary>
/// <param name="volume">The volume at <c>X:</c>; null when there is none any more.</param>
internal sealed class DriverControl(Func<DriverVolume?> volume) : IDeviceControl
{
    public const string MountPoint = "X:";

    public IControlledFile Open(string path, bool writeAttributes)
    {
        // Paths of this machine are those of Linux, and Path.GetFullPath takes the other ones for relative.
        var start = path.IndexOf(MountPoint, StringComparison.Ordinal);
        if (start < 0)
        {
            return new OtherVolume();
        }

        var name = path[(start + MountPoint.Length)..].Replace('/', '\\').TrimEnd('\\');
        var access = FileAccessRights.ReadAttributes | FileAccessRights.Synchronize;
        try
        {
            var open = volume() ?? throw new FileNotFoundException("The drive is gone.");
            return new ControlledFile(open.Create(name.Length == 0 ? @"\" : name, new DriverOpen
            {
                Access = writeAttributes ? access | FileAccessRights.WriteAttributes : access,
            }));
        }
        catch (InvalidOperationException gone)
        {
            // The volume went away in the middle of the request.
            throw new FileNotFoundException(gone.Message);
        }
        catch (DriverException error)
        {
            throw error.Status is NtStatus.ObjectNameNotFound or NtStatus.ObjectPathNotFound
                ? new FileNotFoundException(error.Message)
                : new IOException(error.Message);
        }
    }

    private sealed class ControlledFile(DriverFile file) : IControlledFile
    {
        public bool TrySend(uint code, ReadOnlySpan<byte> input, Span<byte> output, out int count)
        {
            try
            {
                var answer = file.Control(code, input, output.Length);
                answer.CopyTo(output);
                count = answer.Length;
                return true;
            }
            catch (DriverException error) when (error.Status == NtStatus.InvalidDeviceRequest)
            {
                count = 0;
                return false;
            }
            catch (InvalidOperationException gone)
            {
                throw new IOException(gone.Message);
            }
        }

        public void Dispose()
        {
            try
            {
                file.Dispose();
            }
            catch (InvalidOperationException)
            {
                // The volume went away meanwhile; Windows closes such a handle without a word.
            }
        }
    }

    private sealed class OtherVolume : IControlledFile
    {
        public bool TrySend(uint code, ReadOnlySpan<byte> input, Span<byte> output, out int count)
        {
            count = 0;
            return false;
        }

        public void Dispose()
        {
        }
    }
}
