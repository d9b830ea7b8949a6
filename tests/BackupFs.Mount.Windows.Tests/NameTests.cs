using BackupFs.Mount.Semantics;
using BackupFs.Mount.Windows.Tests.Mounting;
using BackupFs.WinFsp;
using BackupFs.WinFsp.Driver;

namespace BackupFs.Mount.Windows.Tests;

/// <summary>Names without regard to case, and names that Windows does not take.</summary>
public sealed class NameTests
{
    [Fact]
    [Promise("windows-case")]
    public async Task A_name_is_found_in_another_spelling_and_keeps_its_own()
    {
        await using var mount = await WindowsMount.BegunAsync();
        mount.Volume.CreateDirectory(@"\d\b.partial\Sub");
        mount.Volume.WriteAllBytes(@"\d\b.partial\Sub\File", "x"u8);
        using (var file = mount.Volume.Create(@"\D\B.PARTIAL\sub\FILE", ProgramOpens.Read))
        {
            Assert.Equal(@"\d\b.partial\Sub\File", file.Name);
            Assert.Equal("x"u8, file.ReadToEnd());
        }

        Assert.False(mount.Volume.Exists(@"\d\b.partial\sub\other"));
        Assert.Equal(["File"], mount.Volume.Names(@"\d\B.partial\SUB"));
        using (var directory = mount.Volume.OpenDirectory(@"\d\b.partial\sub"))
        {
            Assert.Equal("File", directory.Find("fILE")?.Name);
            Assert.Null(directory.Find("other"));
        }

        mount.Volume.Delete(@"\d\b.partial\SUB\file");
        Assert.False(mount.Volume.Exists(@"\d\b.partial\Sub\FILE"));
        Assert.Equal(NtStatus.ObjectNameNotFound, DriverException.StatusOf(() => mount.Volume.Open(@"\d\b.partial\sub\file")));
        Assert.Equal(NtStatus.ObjectPathNotFound, DriverException.StatusOf(() => mount.Volume.Open(@"\d\b.partial\gone\file")));
    }

    [Fact]
    [Promise("windows-case-twins")]
    public async Task Stored_names_that_differ_in_case_only_are_opened_by_their_exact_spelling()
    {
        var place = new FileTreeStorage();
        await place.PlantAsync("d", "linux", new Dictionary<string, byte[]> { ["Readme"] = [1], ["README"] = [2], ["other"] = [3] });
        await using var mount = await WindowsMount.StartAsync(place);
        Assert.Equal(["README", "Readme", "other"], mount.Volume.Names(@"\d\linux").Order(StringComparer.Ordinal));
        Assert.Equal([1], Read(mount, @"\d\linux\Readme"));
        Assert.Equal([2], Read(mount, @"\d\linux\README"));
        Assert.Equal([3], Read(mount, @"\d\linux\OTHER"));
        Assert.Equal(NtStatus.ObjectNameNotFound, DriverException.StatusOf(() => Read(mount, @"\d\linux\readme")));
    }

    [Theory]
    [InlineData("Readme", "README", "README")]
    [InlineData("Readme", "readMe", "Readme")]
    [Promise("windows-case-twins")]
    public async Task A_search_for_a_name_that_differs_from_another_in_case_only_finds_one(string first, string second, string expected)
    {
        var place = new FileTreeStorage();
        await place.PlantAsync("d", "linux", new Dictionary<string, byte[]> { [first] = [1], [second] = [1, 2] });
        await using var mount = await WindowsMount.StartAsync(place);
        using var directory = mount.Volume.OpenDirectory(@"\d\linux");
        Assert.Equal(expected, directory.Find(first)?.Name);
        Assert.Equal(expected, directory.Find(second)?.Name);
        Assert.Null(directory.Find("READ"));
    }

    [Fact]
    [Promise("windows-case-collision")]
    public async Task Two_names_that_differ_in_case_only_cannot_be_made()
    {
        await using var mount = await WindowsMount.BegunAsync();
        mount.Volume.WriteAllBytes(@"\d\b.partial\File", "x"u8);
        mount.Volume.WriteAllBytes(@"\d\b.partial\other", "y"u8);
        Assert.Equal(NtStatus.ObjectNameCollision, DriverException.StatusOf(() => mount.Volume.CreateFile(@"\d\b.partial\FILE")));
        Assert.Equal(NtStatus.ObjectNameCollision, DriverException.StatusOf(() => mount.Volume.CreateDirectory(@"\d\b.partial\FILE")));
        Assert.Equal(NtStatus.ObjectNameCollision, DriverException.StatusOf(() => mount.Volume.CreateDirectory(@"\d\B")));
        Assert.Equal(
            NtStatus.ObjectNameCollision,
            DriverException.StatusOf(() => mount.Volume.Rename(@"\d\b.partial\other", @"\d\b.partial\FILE")));

        mount.Volume.Rename(@"\d\b.partial\file", @"\d\b.partial\FILE");
        Assert.Equal(["FILE", "other"], mount.Volume.Names(@"\d\b.partial").Order(StringComparer.Ordinal));
        mount.Volume.WriteAllBytes(@"\d\b.partial\file", "z"u8);
        Assert.Equal(["FILE", "other"], mount.Volume.Names(@"\d\b.partial").Order(StringComparer.Ordinal));
    }

    [Fact]
    [Promise("windows-case-collision")]
    public async Task Of_programs_that_make_a_name_in_several_spellings_at_once_one_succeeds()
    {
        await using var mount = await WindowsMount.BegunAsync();
        for (var round = 0; round < 20; round++)
        {
            string[] spellings = [$"name {round}", $"NAME {round}", $"Name {round}", $"nAME {round}"];
            var outcomes = await Task.WhenAll(spellings.Select(name => Task.Run(() => DriverException.StatusOf(
                () => mount.Volume.CreateFile($@"\d\b.partial\{name}").Dispose()))));
            Assert.Equal(3, outcomes.Count(outcome => outcome == NtStatus.ObjectNameCollision));
            Assert.Single(outcomes, NtStatus.Success);
        }

        Assert.Equal(20, mount.Volume.Names(@"\d\b.partial").Count);
    }

    [Fact]
    [Promise("windows-case-replace")]
    public async Task A_file_that_replaces_another_takes_its_spelling()
    {
        await using var mount = await WindowsMount.BegunAsync();
        mount.Volume.WriteAllBytes(@"\d\b.partial\Settings.INI", "old"u8);
        mount.Volume.WriteAllBytes(@"\d\b.partial\tmp", "new"u8);
        mount.Volume.Rename(@"\d\b.partial\tmp", @"\d\b.partial\settings.ini", replace: true);
        Assert.Equal(["Settings.INI"], mount.Volume.Names(@"\d\b.partial"));
        Assert.Equal("new"u8, Read(mount, @"\d\b.partial\settings.ini"));
        mount.Volume.CreateDirectory(@"\d\b.partial\dir");
        Assert.Equal(
            NtStatus.AccessDenied,
            DriverException.StatusOf(() => mount.Volume.Rename(@"\d\b.partial\settings.ini", @"\d\b.partial\DIR", replace: true)));
    }

    [Fact]
    [Promise("windows-escapes")]
    public async Task Stored_names_that_Windows_does_not_take_are_shown_in_a_way_that_leads_back()
    {
        string[] stored = ["a:b", "con", "Nul.txt", "COM1", "dot.", "space ", "q?*<>|\"", @"back\slash", "conquer", ".hidden", "LPT\u00b2"];
        string[] plain = ["conquer", ".hidden"];
        var place = new FileTreeStorage();
        await place.PlantAsync("d", "linux", stored.ToDictionary(name => name, name => System.Text.Encoding.UTF8.GetBytes(name)));
        await using var mount = await WindowsMount.StartAsync(place);
        var shown = mount.Volume.Names(@"\d\linux");
        Assert.Equal(stored.Length, shown.Count);
        Assert.Equal(plain.Order(StringComparer.Ordinal), shown.Where(name => stored.Contains(name)).Order(StringComparer.Ordinal));
        Assert.All(shown, name => Assert.True(ShownName.IsValid(name), name));
        var read = shown.Select(name => System.Text.Encoding.UTF8.GetString(Read(mount, $@"\d\linux\{name}")));
        Assert.Equal(stored.Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
        Assert.Contains("a\uF03Ab", shown);
    }

    [Fact]
    [Promise("windows-escapes")]
    public async Task What_is_copied_by_its_shown_name_is_stored_by_its_own()
    {
        await using var mount = await WindowsMount.BegunAsync();
        mount.Volume.WriteAllBytes("\\d\\b.partial\\a\uF03Ab", "x"u8);
        mount.Volume.WriteAllBytes("\\d\\b.partial\\new", "y"u8);
        mount.Volume.Rename(@"\d\b.partial\new", "\\d\\b.partial\\dot\uF02E");
        Assert.Equal(["a\uF03Ab", "dot\uF02E"], mount.Volume.Names(@"\d\b.partial").Order(StringComparer.Ordinal));
        mount.Volume.Rename(@"\d\b.partial", @"\d\b");
        Assert.Equal(["a:b", "dot."], (await StoredFiles.OfAsync(mount.Storage, "d", "b")).Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("NUL", NtStatus.ObjectNameInvalid)]
    [InlineData("com1.txt", NtStatus.ObjectNameInvalid)]
    [InlineData("Aux .log", NtStatus.ObjectNameInvalid)]
    [InlineData("dot.", NtStatus.ObjectNameInvalid)]
    [InlineData("space ", NtStatus.ObjectNameInvalid)]
    [InlineData("a?b", NtStatus.ObjectNameInvalid)]
    [InlineData("a/b", NtStatus.ObjectNameInvalid)]
    [InlineData("a:stream", NtStatus.ObjectNameInvalid)]
    [InlineData("tab\t", NtStatus.ObjectNameInvalid)]
    [InlineData("日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日", NtStatus.NameTooLong)]
    [Promise("windows-bad-names")]
    public async Task What_Windows_or_no_storage_takes_is_refused(string name, NtStatus expected)
    {
        await using var mount = await WindowsMount.BegunAsync();
        mount.Volume.WriteAllBytes(@"\d\b.partial\f", "x"u8);
        Assert.Equal(expected, DriverException.StatusOf(() => mount.Volume.CreateFile($@"\d\b.partial\{name}")));
        Assert.Equal(expected, DriverException.StatusOf(() => mount.Volume.CreateDirectory($@"\d\b.partial\{name}")));
        Assert.Equal(expected, DriverException.StatusOf(() => mount.Volume.CreateDirectory($@"\d\{name}")));
        Assert.Equal(expected, DriverException.StatusOf(() => mount.Volume.Rename(@"\d\b.partial\f", $@"\d\b.partial\{name}")));
        Assert.Equal(["f"], mount.Volume.Names(@"\d\b.partial"));
    }

    [Fact]
    public async Task A_lone_surrogate_is_no_name()
    {
        await using var mount = await WindowsMount.BegunAsync();
        Assert.Equal(NtStatus.ObjectNameInvalid, DriverException.StatusOf(() => mount.Volume.CreateFile("\\d\\b.partial\\\ud800")));
    }

    [Fact]
    [Promise("windows-case")]
    public async Task The_names_remembered_follow_what_happens_to_them()
    {
        await using var mount = await WindowsMount.BegunAsync();
        for (var i = 0; i < 100; i++)
        {
            mount.Volume.WriteAllBytes($@"\d\b.partial\File {i}", "x"u8);
        }

        mount.Volume.Rename(@"\d\b.partial\file 1", @"\d\b.partial\Moved");
        mount.Volume.Delete(@"\d\b.partial\file 2");
        Assert.True(mount.Volume.Exists(@"\d\b.partial\FILE 99"));
        Assert.True(mount.Volume.Exists(@"\d\b.partial\MOVED"));
        Assert.False(mount.Volume.Exists(@"\d\b.partial\FILE 1"));
        Assert.False(mount.Volume.Exists(@"\d\b.partial\FILE 2"));
        mount.Volume.Rename(@"\d\b.partial", @"\d\B");
        Assert.Equal("complete", mount.State(@"\d\b"));
        Assert.True(mount.Volume.Exists(@"\D\B\MOVED"));
    }

    [Fact]
    public async Task A_directory_is_listed_in_pieces_of_any_size()
    {
        await using var mount = await WindowsMount.BegunAsync();
        string[] names = [.. Enumerable.Range(0, 60).Select(i => $"a name of some length {i:00}")];
        foreach (var name in names)
        {
            mount.Volume.WriteAllBytes($@"\d\b.partial\{name}", []);
        }

        using var directory = mount.Volume.OpenDirectory(@"\d\b.partial");
        Assert.Equal([".", "..", .. names], directory.List(bufferLength: 300).Select(entry => entry.Name));
        Assert.DoesNotContain(mount.Volume.OpenDirectory(@"\").List(), entry => entry.Name is "." or "..");
    }

    private static byte[] Read(WindowsMount mount, string name)
    {
        using var file = mount.Volume.Create(name, ProgramOpens.Read);
        return file.ReadToEnd();
    }
}
