using BackupFs.Storage.Objects;
using BackupFs.Storage.Objects.Contract;

namespace BackupFs.Storage.Azure.Tests;

public sealed class AzureServerTrustTests : ServerTrustContract
{
    protected override ScriptedAnswer NoSuchObject => ScriptedAnswer.Of(404, "x-ms-error-code: BlobNotFound\r\n");

    protected override IObjectStore Open(string address, string parameters) => AzureFaultTests.Open(address, parameters);
}
