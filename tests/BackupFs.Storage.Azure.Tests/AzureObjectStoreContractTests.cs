using BackupFs.Storage.Objects;
using BackupFs.Storage.Objects.Contract;

namespace BackupFs.Storage.Azure.Tests;

public sealed class AzureObjectStoreContractTests : ObjectStoreContract
{
    private string _location = "";

    protected override bool ListsUploads => false;

    /// <summary>Of the emulator, which is written in a language that compares UTF-16.</summary>
    protected override IComparer<string> KeyOrder => StringComparer.Ordinal;

    protected override bool Refuses(string name) => name.Contains('\\', StringComparison.Ordinal);

    protected override async ValueTask<IObjectStore> CreateStoreAsync()
    {
        _location = await Azurite.NewLocationAsync();
        return await Azurite.OpenAsync(_location);
    }

    protected override async ValueTask<IObjectStore> ReopenAsync() => await Azurite.OpenAsync(_location);
}
