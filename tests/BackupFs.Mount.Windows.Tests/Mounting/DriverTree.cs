using BackupFs.Mount.Semantics;
using BackupFs.WinFsp;
using BackupFs.WinFsp.Driver;

namespace BackupFs.Mount.Windows.Tests.Mounting;

/// <summary>What programs do, as the driver passes it on.</summary>
internal sealed class DriverTree(WindowsMount mount) : IMountedTree
{
    private readonly DriverVolume _volume = mount.Volume;

    public ITreeStorage Storage => mount.Storage;

    public IMountControl Control => mount.Control;

    public string FullPath(string path) => DriverControl.MountPoint + NameOf(path);

    public Refusal MakeDirectory(string path) => Refusing(() => _volume.CreateDirectory(NameOf(path)));

    public Refusal Write(string path, ReadOnlySpan<byte> content)
    {
        var bytes = content.ToArray();
        return Refusing(() =>
        {
            using var file = _volume.Create(NameOf(path), ProgramOpens.Save);
            if (bytes.Length > 0)
            {
                file.Write(0, bytes);
            }
        });
    }

    public IMountedFile Open(string path, bool create = false) => new OpenedFile(_volume.Create(
        NameOf(path), ProgramOpens.ReadWrite with { Disposition = create ? CreateDisposition.Create : CreateDisposition.Open }));

    public Refusal Truncate(string path, long size) => Refusing(() =>
    {
        using var file = _volume.Create(NameOf(path), ProgramOpens.ReadWrite);
        file.SetSize((ulong)size);
    });

    public byte[] Read(string path)
    {
        using var file = _volume.Create(NameOf(path), ProgramOpens.Read);
        return file.ReadToEnd();
    }

    public byte[] ReadAt(string path, long offset, int length)
    {
        using var file = _volume.Create(NameOf(path), ProgramOpens.Read);
        return file.Read((ulong)offset, length);
    }

    public IReadOnlyList<string> List(string path) => [.. _volume.Names(NameOf(path)).Order(StringComparer.Ordinal)];

    public bool Exists(string path) => _volume.Exists(NameOf(path));

    public long SizeOf(string path) => (long)InfoOf(path).FileSize;

    public DateTime TimeOf(string path) => DateTime.FromFileTimeUtc((long)InfoOf(path).LastWriteTime.Intervals);

    public Refusal SetTime(string path, DateTime time) => Refusing(() =>
    {
        using var file = _volume.Create(NameOf(path), ProgramOpens.Attributes);
        file.SetBasicInfo(new WinFspBasicInfo(null, null, null, WinFspTime.From(time), null));
    });

    public Refusal Rename(string path, string newPath) =>
        Refusing(() => _volume.Rename(NameOf(path), NameOf(newPath), replace: _volume.Exists(NameOf(newPath))));

    public Refusal Remove(string path) => Refusing(() => _volume.Delete(NameOf(path)));

    public Refusal Sync(string path) => Refusing(() =>
    {
        using var file = _volume.Create(NameOf(path), ProgramOpens.ReadWrite);
        file.Flush();
    });

    public ITreeWriter StartWriter(string path, string text)
    {
        var process = mount.Processes.Start();
        var file = _volume.Create(NameOf(path), ProgramOpens.Save with { ProcessId = process.Id });
        file.Write(0, System.Text.Encoding.UTF8.GetBytes(text));
        return new DriverWriter(process, file);
    }

    public ValueTask DisposeAsync() => mount.DisposeAsync();

    private static string NameOf(string path) => @"\" + path.Replace('/', '\\');

    private static Refusal Refusing(Action action)
    {
        try
        {
            action();
            return Refusal.None;
        }
        catch (DriverException error)
        {
            return From(error);
        }
    }

    private static Refusal From(DriverException error) => error.Status switch
    {
        NtStatus.ObjectNameNotFound or NtStatus.ObjectPathNotFound => Refusal.Missing,
        NtStatus.ObjectNameCollision => Refusal.Taken,
        NtStatus.MediaWriteProtected => Refusal.ReadOnly,
        NtStatus.AccessDenied => Refusal.NotPermitted,
        NtStatus.SharingViolation => Refusal.InUse,
        NtStatus.DirectoryNotEmpty => Refusal.NotEmpty,
        NtStatus.NotSameDevice => Refusal.OtherBackup,
        NtStatus.ObjectNameInvalid => Refusal.BadName,
        NtStatus.IoDeviceError => Refusal.Failed,
        _ => throw error,
    };

    private WinFspFileInfo InfoOf(string path)
    {
        using var file = _volume.Create(NameOf(path), ProgramOpens.Read);
        return file.GetInfo();
    }

    private sealed class OpenedFile(DriverFile file) : IMountedFile
    {
        public Refusal WriteAt(long offset, ReadOnlySpan<byte> content)
        {
            var bytes = content.ToArray();
            return Refusing(() => file.Write((ulong)offset, bytes));
        }

        public byte[] ReadAt(long offset, int length) => file.Read((ulong)offset, length);

        public void Dispose() => file.Dispose();
    }
}
