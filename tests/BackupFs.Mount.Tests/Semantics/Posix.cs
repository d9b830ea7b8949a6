using System.Runtime.InteropServices;
using BackupFs.Mount.Semantics;

namespace BackupFs.Mount.Tests.Semantics;

/// <summary>System calls as programs make them, with their errors.</summary>
internal static partial class Posix
{
    public const int ReadOnly = 0, WriteOnly = 1, ReadWrite = 2, Create = 0x40, Exclusive = 0x80, Truncate = 0x200, CloseOnExec = 0x80000;

    private const int CurrentDirectory = -100;
    private const long TimeStays = (1L << 30) - 2; // UTIME_OMIT
    private const int EPERM = 1, ENOENT = 2, EIO = 5, EBUSY = 16, EEXIST = 17, EXDEV = 18, EINVAL = 22, EROFS = 30, ENOTEMPTY = 39;

    public static int Open(string path, int flags)
    {
        const uint Mode = 0x1A4;
        return Call(path, () => SystemOpen(path, flags | CloseOnExec, Mode));
    }

    public static void Close(int file) => Call("close", () => SystemClose(file));

    public static void Mkdir(string path)
    {
        const uint Mode = 0x1ED;
        Call(path, () => SystemMkdir(path, Mode));
    }

    public static void Rmdir(string path) => Call(path, () => SystemRmdir(path));

    public static void Unlink(string path) => Call(path, () => SystemUnlink(path));

    public static void Rename(string path, string newPath) => Call(path, () => SystemRename(path, newPath));

    public static void SetSize(string path, long size) => Call(path, () => SystemTruncate(path, size));

    public static void Sync(int file) => Call("fsync", () => SystemSync(file));

    public static void SetTime(string path, DateTime time)
    {
        var sinceEpoch = time - DateTime.UnixEpoch;
        var seconds = (long)Math.Floor(sinceEpoch.TotalSeconds);
        long[] times = [0, TimeStays, seconds, (sinceEpoch.Ticks - (seconds * TimeSpan.TicksPerSecond)) * 100];
        Call(path, () => SystemSetTimes(CurrentDirectory, path, times, 0));
    }

    public static void Write(int file, byte[] content, long offset)
    {
        for (var written = 0; written < content.Length;)
        {
            var rest = content[written..];
            written += (int)Call("pwrite", () => SystemWrite(file, rest, (nuint)rest.Length, offset + written));
        }
    }

    public static byte[] Read(int file, long offset, int length)
    {
        var content = new byte[length];
        var read = 0;
        while (read < length)
        {
            var room = new byte[length - read];
            var count = (int)Call("pread", () => SystemRead(file, room, (nuint)room.Length, offset + read));
            if (count == 0)
            {
                break;
            }

            room.AsSpan(0, count).CopyTo(content.AsSpan(read));
            read += count;
        }

        return content[..read];
    }

    /// <summary>How a program's calls end.</summary>
    public static Refusal Refusing(Action calls)
    {
        try
        {
            calls();
            return Refusal.None;
        }
        catch (SystemCallException error)
        {
            return From(error);
        }
    }

    private static Refusal From(SystemCallException error) => error.Errno switch
    {
        ENOENT => Refusal.Missing,
        EEXIST => Refusal.Taken,
        EROFS => Refusal.ReadOnly,
        EPERM => Refusal.NotPermitted,
        EBUSY => Refusal.InUse,
        ENOTEMPTY => Refusal.NotEmpty,
        EXDEV => Refusal.OtherBackup,
        EINVAL => Refusal.BadName,
        EIO => Refusal.Failed,
        _ => throw error,
    };

    private static int Call(string what, Func<int> call) => (int)Call(what, () => (nint)call());

    private static nint Call(string what, Func<nint> call)
    {
        var result = call();
        return result >= 0 ? result : throw new SystemCallException(what, Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SystemOpen(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int SystemClose(int file);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SystemMkdir(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SystemRmdir(string path);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SystemUnlink(string path);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SystemRename(string path, string newPath);

    [LibraryImport("libc", EntryPoint = "truncate", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SystemTruncate(string path, long size);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SystemSync(int file);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SystemSetTimes(int directory, string path, long[] times, int flags);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    private static partial nint SystemWrite(int file, byte[] content, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint SystemRead(int file, byte[] content, nuint length, long offset);

    /// <summary>A system call failed.</summary>
    private sealed class SystemCallException(string what, int errno) : Exception($"{what}: {Marshal.GetPInvokeErrorMessage(errno)}")
    {
        public int Errno => errno;
    }
}
