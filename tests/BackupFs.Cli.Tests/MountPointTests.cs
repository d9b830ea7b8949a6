using BackupFs.Cli.Mounting;
using Xunit;

namespace BackupFs.Cli.Tests;

public class MountPointTests
{
    private readonly TestWorld _world = new();

    [Fact]
    public void Root_gets_a_missing_mount_point_made()
    {
        using var temporary = new TemporaryDirectory();
        Assert.Equal(temporary.At("new/deep"), Prepare("/srv/b", temporary.At("new/deep")));
        Assert.True(Directory.Exists(temporary.At("new/deep")));
    }

    [Fact]
    public void Nothing_is_made_for_a_fake_mount()
    {
        using var temporary = new TemporaryDirectory();
        MountPointCheck.Prepare(Request("/srv/b", temporary.At("new")), _world.Context, isFake: true);
        Assert.False(Directory.Exists(temporary.At("new")));
    }

    [Fact]
    public void A_user_is_told_how_to_make_it()
    {
        using var temporary = new TemporaryDirectory();
        _world.IsPrivileged = false;
        Assert.Contains($"mkdir -p {temporary.At("new")}", Refusal("/srv/b", temporary.At("new")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_not_a_mount_point()
    {
        using var temporary = new TemporaryDirectory();
        File.WriteAllText(temporary.At("file"), "");
        Assert.Contains("is not a directory", Refusal("/srv/b", temporary.At("file")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mount_point_in_use_names_its_storage()
    {
        using var temporary = new TemporaryDirectory();
        _world.Control.MountAt(temporary.Path);
        Assert.Contains("is mounted already, from file:///srv/backups", Refusal("/srv/b", temporary.Path), StringComparison.Ordinal);
        Directory.CreateDirectory(temporary.At("sub"));
        Assert.Contains("is inside the BackupFs mount", Refusal("/srv/b", temporary.At("sub")), StringComparison.Ordinal);
        Assert.Contains("is inside the BackupFs mount", Refusal("/srv/b", temporary.At("sub/new/deep")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(temporary.At("sub/new")));
    }

    [Fact]
    public void Storage_and_mount_point_within_each_other_are_refused()
    {
        using var temporary = new TemporaryDirectory();
        Directory.CreateDirectory(temporary.At("storage/mnt"));
        Directory.CreateDirectory(temporary.At("storage-2"));
        Directory.CreateSymbolicLink(temporary.At("link"), "storage");
        Assert.Contains("within each other", Refusal(temporary.At("storage"), temporary.At("storage")), StringComparison.Ordinal);
        Assert.Contains("within each other", Refusal(temporary.At("storage"), temporary.At("storage/mnt")), StringComparison.Ordinal);
        Assert.Contains("within each other", Refusal($"file://{temporary.At("storage/mnt")}", temporary.At("storage")), StringComparison.Ordinal);
        Assert.Contains("within each other", Refusal(temporary.At("storage"), temporary.At("link/mnt")), StringComparison.Ordinal);
        Assert.Contains("within each other", Refusal(temporary.At("storage"), temporary.At("storage/new")), StringComparison.Ordinal);
        Assert.Equal(temporary.At("storage-2"), Prepare(temporary.At("storage"), temporary.At("storage-2")));
    }

    [Fact]
    public void Symbolic_links_are_resolved_as_the_mount_table_shows_it()
    {
        using var temporary = new TemporaryDirectory();
        Directory.CreateDirectory(temporary.At("a/b"));
        Directory.CreateSymbolicLink(temporary.At("link"), "a/../a");
        Directory.CreateSymbolicLink(temporary.At("loop"), "loop");
        Assert.Equal(temporary.At("a/b"), MountPointCheck.RealPath(temporary.At("link/b")));
        Assert.Equal(temporary.At("a/b/new/x"), MountPointCheck.RealPath(temporary.At("link/b/new/x")));
        Assert.Equal(temporary.At("loop"), MountPointCheck.RealPath(temporary.At("loop")));
    }

    private string Prepare(string storage, string mountPoint) =>
        MountPointCheck.Prepare(Request(storage, mountPoint), _world.Context, isFake: false);

    private string Refusal(string storage, string mountPoint) => Assert.Throws<CommandException>(() => Prepare(storage, mountPoint)).Message;

    private static MountRequest Request(string storage, string mountPoint) => new() { Storage = storage, MountPoint = mountPoint };
}
