namespace BackupFs.Mount.Tests.Mounting;

/// <summary>A test that needs a disk of its own, which only root can mount; reported as skipped for others.</summary>
internal sealed class RootFactAttribute : FactAttribute
{
    /// <summary>Looks who runs the tests.</summary>
    public RootFactAttribute() => Skip = TestEnvironment.IsRoot ? null : "only root can mount a disk";
}
