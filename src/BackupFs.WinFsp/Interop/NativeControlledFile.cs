using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using BackupFs.WinFsp.Control;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.WinFsp.Interop;

/// <summary>A file that CreateFile opened.</summary>
[SupportedOSPlatform("windows")]
internal sealed partial class NativeControlledFile : IControlledFile
{
    private const uint ShareAll = 7;
    private const uint OpenExisting = 3;
    private const uint BackupSemantics = 0x02000000; // directories, too

    private const int FileNotFound = 2;
    private const int PathNotFound = 3;
    private const int AccessIsDenied = 5;
    private const int InvalidFunction = 1;
    private const int NotSupported = 50;
    private const int InvalidParameter = 87;

    private readonly SafeFileHandle _handle;
    private readonly string _path;

    private NativeControlledFile(SafeFileHandle handle, string path)
    {
        _handle = handle;
        _path = path;
    }

    internal static NativeControlledFile Open(string path, bool writeAttributes)
    {
        FileAccessRights access = FileAccessRights.ReadAttributes | FileAccessRights.Synchronize;
        access |= writeAttributes ? FileAccessRights.WriteAttributes : FileAccessRights.None;
        SafeFileHandle handle = CreateFile(path, (uint)access, ShareAll, 0, OpenExisting, BackupSemantics, 0);
        if (handle.IsInvalid)
        {
            int error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            throw error switch
            {
                FileNotFound or PathNotFound => new FileNotFoundException(Message(error), path),
                AccessIsDenied => new UnauthorizedAccessException(Message(error)),
                _ => new IOException(Message(error)),
            };
        }

        return new NativeControlledFile(handle, path);
    }

    public unsafe bool TrySend(uint code, ReadOnlySpan<byte> input, Span<byte> output, out int count)
    {
        // SAFETY: both buffers are pinned and as long as said until the call, which is synchronous, returned.
        fixed (byte* sent = input)
        fixed (byte* received = output)
        {
            uint transferred = 0;
            int done = DeviceIoControl(_handle, code, sent, (uint)input.Length, received, (uint)output.Length, &transferred, 0);
            count = (int)transferred;
            if (done != 0)
            {
                return true;
            }
        }

        int error = Marshal.GetLastPInvokeError();
        count = 0;
        return error is InvalidFunction or NotSupported or InvalidParameter
            ? false
            : throw new IOException($"{_path}: {Message(error)}");
    }

    public void Dispose() => _handle.Dispose();

    private static string Message(int error) => Marshal.GetPInvokeErrorMessage(error);

    [LibraryImport("kernel32.dll", EntryPoint = "CreateFileW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafeFileHandle CreateFile(
        string path, uint access, uint share, nint security, uint disposition, uint flags, nint template);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    private static unsafe partial int DeviceIoControl(
        SafeFileHandle file, uint code, byte* input, uint inputLength, byte* output, uint outputLength, uint* transferred, nint overlapped);
}
