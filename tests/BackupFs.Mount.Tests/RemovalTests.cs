using BackupFs.Mount.Tests.Mounting;

namespace BackupFs.Mount.Tests;

/// <summary>Removing complete backups.</summary>
public sealed class RemovalTests(RemovalTests.RemovingMount fixture) : IClassFixture<RemovalTests.RemovingMount>
{
    private const string Make = """
        make() { mkdir -p "$D/$1.partial/sub/deep"; for i in $(seq 30); do echo "$i" > "$D/$1.partial/f$i"; echo "$i" > "$D/$1.partial/sub/deep/g$i"; done; ln -s f1 "$D/$1.partial/link"; mv "$D/$1.partial" "$D/$1"; }

        """;

    private readonly BackupMount _mount = fixture.Mount;

    [Fact]
    [Promise("remove-allowed")]
    [Promise("remove-exact")]
    public async Task Removing_a_backup_removes_it_and_nothing_else() => await _mount.RunAsync(Make + """
        make "$N"; make "$N-2"; make "${N}0"; make "0$N"
        rm -r "$D/$N"
        [ ! -e "$D/$N" ]; [ ! -e "$S/db/$N" ]; is "$(find "$S" -path "*/$N/*" | wc -l)" 0
        backupfs remove "$D/$N-2"; [ ! -e "$D/$N-2" ]; [ ! -e "$S/db/$N-2" ]
        for b in "${N}0" "0$N"; do is "$(state "$D/$b")" complete; backupfs verify "$D/$b"; done
        rm -rf "$D/${N}0" "$D/0$N"; [ ! -e "$S/db/${N}0" ]
        make "$N"; is "$(cat "$D/$N/f7")" 7
        """);

    [Fact]
    [Promise("list-changes")]
    public async Task A_list_is_whole_while_backups_begin_end_and_are_removed() => await _mount.RunAsync("""
        mkdir -p "$D/$N-stays.partial"; echo a > "$D/$N-stays.partial/f"; mv "$D/$N-stays.partial" "$D/$N-stays"
        : > "$W/change-$N"; trap 'rm -f "$W/change-$N"' EXIT
        (while [ -e "$W/change-$N" ]; do mkdir "$D/$N.partial"; echo a > "$D/$N.partial/f"; mv "$D/$N.partial" "$D/$N"; rm -r "$D/$N"; done) & changes=$!
        for i in $(seq 30); do backupfs list "$M" > "$W/listed-$N"; is "$(grep -c "^db/$N-stays.complete" "$W/listed-$N")" 1; done
        rm "$W/change-$N"; wait "$changes"
        """);

    [Fact]
    [Promise("remove-undone")]
    [Promise("remove-allowed")]
    public async Task A_removal_that_stops_half_way_is_undone() => await _mount.RunAsync(Make + """
        make "$N"
        cd "$D"; rm "$N/f1" "$N/f2"; rm -r "$N/sub"
        [ ! -e "$N/f1" ]; [ ! -e "$N/sub" ]; is "$(ls "$N" | wc -l)" 29
        # Nothing was deleted in the storage.
        [ -f "$S/db/$N/f1" ]; [ -f "$S/db/$N/sub/deep/g30" ]
        refused 'Directory not empty' rmdir "$N"
        eventually test -e "$N/f1"; is "$(ls "$N" | wc -l)" 32; is "$(cat "$N/sub/deep/g30")" 30
        is "$(state "$N")" complete; backupfs verify "$N"
        grep -q "db/$N: the removal was not finished" "$L"
        refused 'Read-only file system' touch "$N/new"
        """);

    [Fact]
    [Promise("remove-refused")]
    public async Task Without_the_option_nothing_of_a_complete_backup_can_be_removed()
    {
        await using var mount = await BackupMount.StartAsync(new MountSettings { Options = ["--end", "manual"] });
        await mount.RunAsync(Make + """
            mkdir "$D"; make a; cd "$D"
            refused 'Operation not permitted' rm a/f1; refused 'Operation not permitted' rm -rf a; refused 'Operation not permitted' rmdir a/sub/deep
            refused 'Operation not permitted' setfattr -n user.backupfs.remove -v a .
            refused allow-remove backupfs remove a
            refused 'Read-only file system' setfattr -n user.backupfs.state -v aborted a
            refused '' backupfs abort a
            is "$(find a | wc -l)" 64; backupfs verify a; grep -q 'allow-remove' "$L"
            """);
    }

    /// <summary>Complete backups may be removed; an unfinished removal is undone after a second.</summary>
    public sealed class RemovingMount() : MountFixture(new MountSettings { Options = ["--end", "idle:1s", "--allow-remove"] });
}
