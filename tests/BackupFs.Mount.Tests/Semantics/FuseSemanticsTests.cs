using BackupFs.Mount.Semantics;

namespace BackupFs.Mount.Tests.Semantics;

/// <summary>What every mount does, through a FUSE mount.</summary>
public abstract class FuseSemanticsTests : MountSemantics
{
    protected override async Task<IMountedTree> MountAsync(TreeSettings settings) =>
        await FuseTree.StartAsync(settings.Storage ?? NewStorage(), settings.FileSystem);
}

/// <summary>The same with plain files as the storage.</summary>
public sealed class FuseOverFilesTests : FuseSemanticsTests
{
    protected override ITreeStorage NewStorage() => new FileTreeStorage();
}

/// <summary>The same with objects in memory as the storage.</summary>
public sealed class FuseOverObjectsTests : FuseSemanticsTests
{
    protected override ITreeStorage NewStorage() => new ObjectTreeStorage();
}
