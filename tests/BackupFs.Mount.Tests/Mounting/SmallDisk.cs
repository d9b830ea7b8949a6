namespace BackupFs.Mount.Tests.Mounting;

/// <summary>An ext4 file system of 64 MiB in a file; for root.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _root;

    private SmallDisk(string root, bool overcommitted)
    {
        _root = root;
        IsOvercommitted = overcommitted;
    }

    /// <summary>An empty directory on it.</summary>
    public string Directory => Path.Combine(_root, "disk", "storage");

    /// <summary>The file with its bytes.</summary>
    public string ImageFile => Path.Combine(_root, "image", "disk");

    /// <summary>Whether it promises more than it has, so that late writes fail, with EIO or ENOSPC.</summary>
    public bool IsOvercommitted { get; }

    /// <summary>Makes one.</summary>
    public static async Task<SmallDisk> CreateAsync(bool overcommitted = false)
    {
        var disk = new SmallDisk(TestEnvironment.NewDirectory(TestUser.Current), overcommitted);
        try
        {
            (await disk.BashAsync($"""
                mkdir "$R/image" "$R/disk"
                {(overcommitted ? "mount -t tmpfs -o size=16m tmpfs \"$R/image\"" : "")}
                truncate -s 64M "$R/image/disk"
                mkfs.ext4 -q -F {(overcommitted ? "-O ^has_journal" : "")} -m 0 -E lazy_itable_init=0 "$R/image/disk"
                mount -o loop "$R/image/disk" "$R/disk"
                mkdir "$R/disk/storage"
                """)).Succeeded();
            return disk;
        }
        catch
        {
            await disk.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a machine finds that lost its power when the image was as it is.</summary>
    public static async Task<SmallDisk> FromImageAsync(string image)
    {
        var disk = new SmallDisk(TestEnvironment.NewDirectory(TestUser.Current), overcommitted: false);
        try
        {
            (await disk.BashAsync($"""
                mkdir "$R/image" "$R/disk"
                cp --sparse=always "{image}" "$R/image/disk"
                mount -o loop "$R/image/disk" "$R/disk"
                """)).Succeeded();
            return disk;
        }
        catch
        {
            await disk.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await BashAsync("""
            for mounted in "$R/disk" "$R/image"; do
                if mountpoint -q "$mounted"; then umount "$mounted" || umount -l "$mounted"; fi
            done
            rm -rf --one-file-system "$R"
            """);
    }

    private Task<ShellResult> BashAsync(string script) => Shell.RunAsync(
        script, new Dictionary<string, string> { ["R"] = _root, ["PATH"] = Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin" }, TestUser.Current, 60, () => "");
}
