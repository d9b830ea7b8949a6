using System.Globalization;

namespace BackupFs.Fuse.Tests.Mounting;

public sealed class DirectoryTests
{
    private const int Names = 5000;

    [Fact]
    public async Task Five_thousand_names_are_listed_once_each_with_attributes()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        await mount.ShellAsync($"seq 1 {Names} | sed 's/^/name-with-some-length-/' | xargs touch");
        string[] expected = [.. Enumerable.Range(1, Names).Select(i => $"name-with-some-length-{i}").Order(StringComparer.Ordinal)];
        Assert.Equal(expected, (await mount.ShellAsync("ls")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        string listed = await mount.ShellAsync("ls -l | wc -l");
        Assert.Equal(Names + 1, int.Parse(listed, CultureInfo.InvariantCulture));
        Assert.Equal(Names, Directory.GetFiles(mount.Path).Length);
    }

    [Fact]
    public async Task Lookups_are_given_back_when_files_are_removed()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        await mount.ShellAsync("mkdir d; seq 1 500 | sed 's,^,d/,' | xargs touch; ls -lR >/dev/null; rm -r d");
        Assert.True(
            SpinWait.SpinUntil(() => mount.Files.LookupCount == 0 && mount.Files.NodeCount == 1, TimeSpan.FromSeconds(30)),
            $"{mount.Files.LookupCount} lookups of {mount.Files.NodeCount} nodes are left");
    }

    [Fact]
    public async Task Lookups_are_given_back_when_caches_are_dropped()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        await mount.ShellAsync("mkdir d; seq 1 500 | sed 's,^,d/,' | xargs touch; ls -lR >/dev/null; stat d/* >/dev/null");
        Assert.True(mount.Files.LookupCount >= 501);
        if (!Account.IsRoot)
        {
            return; // only root can drop caches; that lookups are counted was asserted
        }

        Assert.True(
            SpinWait.SpinUntil(
                () =>
                {
                    File.WriteAllText("/proc/sys/vm/drop_caches", "2");
                    return mount.Files.LookupCount == 0;
                },
                TimeSpan.FromSeconds(60)),
            $"{mount.Files.LookupCount} lookups are left");
        Assert.Equal("500\n", await mount.ShellAsync("ls d | wc -l"));
    }

    [Fact]
    public async Task Renames_keep_to_their_flags()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        await mount.ShellAsync("echo a > a; echo b > b; mv -n a b; mv a c; mkdir d; mv c d/");
        Assert.Equal("a\nb\n", await mount.ShellAsync("cat d/c b"));
        ShellResult result = await Shell.RunAsync("mkdir -p e/f && mkdir g && mv -T g e", mount.Path);
        Assert.Contains("not empty", result.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Names_may_be_any_bytes_and_longer_than_255()
    {
        await using TestMount mount = await TestMount.CreateAsync();
        Assert.Equal("x", await mount.ShellAsync("n=$(printf 'a\\377b'); printf x > \"$n\"; cat \"$n\"; rm \"$n\""));
        string longest = new('n', 300); // the kernel leaves the limit to the file system
        await mount.ShellAsync($"touch {longest}; rm {longest}");
    }
}
