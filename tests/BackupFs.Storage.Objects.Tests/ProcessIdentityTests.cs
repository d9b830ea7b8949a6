using System.Diagnostics;
using Xunit;

namespace BackupFs.Storage.Objects.Tests;

public class ProcessIdentityTests
{
    [Fact]
    public void An_owner_of_this_process_lives_as_long_as_it_says_so()
    {
        var owner = Guid.NewGuid().ToString("N");
        Assert.False(ProcessIdentity.Current.IsAlive(owner));
        ProcessIdentity.SetLive(owner, true);
        Assert.True(ProcessIdentity.Current.IsAlive(owner));
        ProcessIdentity.SetLive(owner, false);
        Assert.False(ProcessIdentity.Current.IsAlive(owner));
    }

    [Fact]
    public void A_process_of_this_host_is_known_by_its_number_and_its_start()
    {
        using var child = Process.Start(new ProcessStartInfo("sleep", "100") { UseShellExecute = false })!;
        try
        {
            // The start of another process is read where it reads its own.
            var status = File.ReadAllText($"/proc/{child.Id}/stat");
            var started = long.Parse(status[(status.LastIndexOf(')') + 2)..].Split(' ')[19], System.Globalization.CultureInfo.InvariantCulture);
            var identity = ProcessIdentity.Current with { ProcessId = child.Id, Started = started };
            Assert.True(identity.IsAlive("any"));
            Assert.False((identity with { Started = started - 1 }).IsAlive("any"));
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }

        Assert.False((ProcessIdentity.Current with { ProcessId = child.Id, Started = 1 }).IsAlive("any"));
    }

    [Fact]
    public void Of_a_process_of_another_host_nothing_is_known() =>
        Assert.Null((ProcessIdentity.Current with { Space = "elsewhere" }).IsAlive("any"));
}
