namespace BackupFs.Mount.Tests.Mounting;

/// <summary>As <see cref="RootFactAttribute"/>, with data.</summary>
internal sealed class RootTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks who runs the tests.</summary>
    public RootTheoryAttribute() => Skip = TestEnvironment.IsRoot ? null : "only root can mount a disk";
}
