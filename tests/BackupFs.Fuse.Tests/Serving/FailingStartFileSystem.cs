namespace BackupFs.Fuse.Tests.Serving;

/// <summary>Fails before it is mounted.</summary>
internal sealed class FailingStartFileSystem : StubFileSystem
{
    public override void Init(FuseConnectionInfo connection) => throw new InvalidDataException("on purpose");
}
