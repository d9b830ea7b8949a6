using Xunit;

namespace BackupFs.Fuse.Tests.Processes;

/// <summary>Tests that count what the whole process holds run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class AloneCollection
{
    /// <summary>For <see cref="CollectionAttribute"/>.</summary>
    public const string Name = "alone";
}
