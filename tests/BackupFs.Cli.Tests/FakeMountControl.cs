using BackupFs.FileSystem;
using BackupFs.Mount;

namespace BackupFs.Cli.Tests;

/// <summary>A mount at <see cref="MountPoint"/> whose control attributes are a dictionary.</summary>
internal sealed class FakeMountControl : IMountControl
{
    public string? MountPoint { get; set; }

    public string Source { get; set; } = "file:///srv/backups";

    public Dictionary<(string Path, string Attribute), string> Attributes { get; } = [];

    /// <summary>Mount points whose process is gone.</summary>
    public HashSet<string> DeadMounts { get; } = [];

    public List<string> Calls { get; } = [];

    /// <summary>Called for each attribute set; throws to refuse it.</summary>
    public Action<string, string, string>? OnSet { get; set; }

    /// <summary>Mounts it, with one directory level.</summary>
    public FakeMountControl MountAt(string mountPoint, int levels = 1)
    {
        MountPoint = mountPoint;
        Attributes[(mountPoint, ControlAttributes.DirectoryLevels)] = levels.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return this;
    }

    public MountedPath? Find(string path) =>
        MountPoint is null || !(path == MountPoint || path.StartsWith(MountPoint + "/", StringComparison.Ordinal))
            ? null
            : new MountedPath(MountPoint, path[MountPoint.Length..].Trim('/'), Source);

    public bool IsDead(string path) => DeadMounts.Contains(path);

    public string? Get(string path, string attribute) => Attributes.GetValueOrDefault((path, attribute));

    public void Set(string path, string attribute, string value)
    {
        Calls.Add($"set {path} {attribute} {value}");
        OnSet?.Invoke(path, attribute, value);
    }

    public void Unmount(string mountPoint, bool lazy)
    {
        Calls.Add($"unmount {mountPoint}{(lazy ? " lazily" : "")}");
        MountPoint = null;
        DeadMounts.Remove(mountPoint);
    }
}
