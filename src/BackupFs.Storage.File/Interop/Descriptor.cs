using Microsoft.Win32.SafeHandles;

namespace BackupFs.Storage.File.Interop;

/// <summary>An owned file descriptor. Closing it never fails visibly: nothing is left to lose by then, see <see cref="SyncCalls"/>.</summary>
internal sealed class Descriptor : SafeHandleMinusOneIsInvalid
{
    private const int AtCurrentDirectory = -100;

    /// <summary>For the marshaller.</summary>
    public Descriptor()
        : base(ownsHandle: true)
    {
    }

    /// <summary>Takes ownership of <paramref name="number"/>.</summary>
    public Descriptor(int number)
        : base(ownsHandle: true) => SetHandle(number);

    private Descriptor(int number, bool ownsHandle)
        : base(ownsHandle) => SetHandle(number);

    /// <summary>AT_FDCWD: paths are absolute or relative to the process's directory.</summary>
    public static Descriptor CurrentDirectory { get; } = new(AtCurrentDirectory, ownsHandle: false);

    /// <summary>The number, for a path below /proc/self/fd. The caller keeps the handle alive meanwhile.</summary>
    public int Number => (int)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
