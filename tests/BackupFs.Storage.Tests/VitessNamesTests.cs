namespace BackupFs.Storage.Tests;

public sealed class VitessNamesTests
{
    [Theory]
    [InlineData("2024-10-11.094342.zone1-0000000402")]
    [InlineData("2024-02-29.000000.us-east-1_a-4294967295")]
    public void A_start_time_and_a_tablet_alias_are_a_name(string name) => Assert.True(VitessNames.IsBackupName(name));

    [Theory]
    [InlineData("")]
    [InlineData("backup")]
    [InlineData("2024-10-11.094342")]
    [InlineData("2024-10-11.094342.")]
    [InlineData("2024-10-11.094342.zone1")]
    [InlineData("2024-10-11.094342.-0000000402")]
    [InlineData("2024-10-11.094342.zone1-402")]
    [InlineData("2024-10-11.094342.zone1-00000000402")]
    [InlineData("2024-10-11.094342.zone1-9999999999")]
    [InlineData("2024-10-11.094342.zone.1-0000000402")]
    [InlineData("2024-10-11.094342.zone 1-0000000402")]
    [InlineData("2024-10-32.094342.zone1-0000000402")]
    [InlineData("2023-02-29.094342.zone1-0000000402")]
    [InlineData("2024-10-11.244342.zone1-0000000402")]
    [InlineData("2024-10-11-094342.zone1-0000000402")]
    [InlineData("2024-10-11.094342.zone1-000000040x")]
    [InlineData("2024-10-11.094342.zone1-+000000402")]
    [InlineData("2024-10-11.094342.zone1-0000000402.tmp")]
    public void Anything_else_is_not(string name) => Assert.False(VitessNames.IsBackupName(name));
}
