using BackupFs.Mount.Semantics;
using BackupFs.Mount.Windows.Tests.Mounting;

namespace BackupFs.Mount.Windows.Tests;

/// <summary>What every mount does, through WinFsp's function table.</summary>
public abstract class WinFspSemanticsTests : MountSemantics
{
    protected override async Task<IMountedTree> MountAsync(TreeSettings settings) =>
        new DriverTree(await WindowsMount.StartAsync(settings.Storage ?? NewStorage(), settings.FileSystem));
}

/// <summary>The same with plain files as the storage.</summary>
public sealed class WinFspOverFilesTests : WinFspSemanticsTests
{
    protected override ITreeStorage NewStorage() => new FileTreeStorage();
}

/// <summary>The same with objects in memory as the storage.</summary>
public sealed class WinFspOverObjectsTests : WinFspSemanticsTests
{
    protected override ITreeStorage NewStorage() => new ObjectTreeStorage();
}
