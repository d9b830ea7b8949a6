using BackupFs.Storage.Objects;
using BackupFs.Storage.Objects.Contract;

namespace BackupFs.Storage.Gcs.Tests;

public sealed class GcsServerTrustTests : ServerTrustContract
{
    protected override ScriptedAnswer NoSuchObject => ScriptedAnswer.Of(404);

    protected override IObjectStore Open(string address, string parameters) => GcsFaultTests.Open(address, parameters);
}
