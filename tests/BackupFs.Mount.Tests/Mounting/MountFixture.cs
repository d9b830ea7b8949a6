namespace BackupFs.Mount.Tests.Mounting;

/// <summary>One mount for all tests of a class.</summary>
public abstract class MountFixture(MountSettings settings) : IAsyncLifetime
{
    private BackupMount? _mount;

    /// <summary>The mount.</summary>
    public BackupMount Mount => _mount ?? throw new InvalidOperationException("not mounted");

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        _mount = await BackupMount.StartAsync(settings);
        await _mount.RunAsync("mkdir \"$D\"");
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_mount is not null)
        {
            await _mount.DisposeAsync();
        }
    }
}

/// <summary>As a user gets it, but nothing ends by idleness.</summary>
public sealed class ManualMount() : MountFixture(new MountSettings { Options = ["--end", "manual"] });

/// <summary>Every byte goes through the daemon.</summary>
public sealed class ManualMountWithoutPassthrough() : MountFixture(new MountSettings { Options = ["--end", "manual", "--passthrough", "off"] });

/// <summary>Idle ends come after half a second.</summary>
public sealed class QuickMount() : MountFixture(new MountSettings { Options = ["--end", "idle:500ms"] });

/// <summary>The mount of a user without privilege; nothing ends by idleness.</summary>
public sealed class ManualMountOfUser() : MountFixture(new MountSettings { Options = ["--end", "manual"], User = TestUser.Ordinary });
