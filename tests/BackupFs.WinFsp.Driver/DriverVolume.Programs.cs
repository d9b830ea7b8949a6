namespace BackupFs.WinFsp.Driver;

/// <summary>What programs do with several requests.</summary>
public sealed partial class DriverVolume
{
    /// <summary>Creates a directory (CreateDirectory).</summary>
    public void CreateDirectory(string name) =>
        Create(name, new DriverOpen { Disposition = CreateDisposition.Create, Options = CreateOptions.Directory }).Dispose();

    /// <summary>Creates a file that must not exist, and keeps it open.</summary>
    public DriverFile CreateFile(string name) =>
        Create(name, new DriverOpen { Disposition = CreateDisposition.Create, Options = CreateOptions.NonDirectory });

    /// <summary>Opens what exists.</summary>
    public DriverFile Open(string name) => Create(name, new DriverOpen());

    /// <summary>Opens a directory.</summary>
    public DriverFile OpenDirectory(string name) => Create(name, new DriverOpen { Options = CreateOptions.Directory });

    /// <summary>Whether there is something of that name.</summary>
    public bool Exists(string name) => Call(() => GetSecurityByName(name, out _)).IsSuccess();

    /// <summary>Creates or overwrites a file.</summary>
    public void WriteAllBytes(string name, ReadOnlySpan<byte> content)
    {
        using DriverFile file = Create(
            name, new DriverOpen { Disposition = CreateDisposition.OverwriteIf, Options = CreateOptions.NonDirectory });
        file.Write(0, content);
    }

    /// <summary>Reads a file to its end.</summary>
    public byte[] ReadAllBytes(string name)
    {
        using DriverFile file = Open(name);
        return file.ReadToEnd();
    }

    /// <summary>The names in a directory, without "." and "..".</summary>
    public IReadOnlyList<string> Names(string directory)
    {
        using DriverFile file = OpenDirectory(directory);
        return [.. file.List().Select(entry => entry.Name).Where(name => name is not ("." or ".."))];
    }

    /// <summary>Deletes a file or an empty directory (DeleteFile, RemoveDirectory).</summary>
    public void Delete(string name)
    {
        using DriverFile file = Create(name, new DriverOpen { Access = FileAccessRights.Delete });
        file.SetDelete(true);
    }

    /// <summary>Renames (MoveFileEx).</summary>
    public void Rename(string name, string newName, bool replace = false)
    {
        using DriverFile file = Create(name, new DriverOpen { Access = FileAccessRights.Delete | FileAccessRights.Synchronize });
        file.Rename(newName, replace);
    }
}
