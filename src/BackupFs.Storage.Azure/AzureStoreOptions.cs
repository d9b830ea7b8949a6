using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Azure;

/// <summary>
/// Where blobs are and who asks for them: <c>azblob://CONTAINER[/ROOT]?account=NAME&amp;key-file=PATH&amp;sas-file=PATH&amp;endpoint=URL</c>,
/// the limits of <see cref="RequestLimits"/>, <see cref="ServerTrust"/>, and <see cref="UploadParameters"/>.
/// </summary>
/// <param name="Container">The container.</param>
/// <param name="Root">What stands before every key.</param>
/// <param name="Account">The storage account; null if only the environment knows it.</param>
/// <param name="Endpoint">The account's blob service; null for the public cloud's.</param>
/// <param name="KeyFile">Holds the account's key.</param>
/// <param name="SasFile">Holds a shared access signature.</param>
/// <param name="Limits">Of requests.</param>
/// <param name="Trust">Which servers are believed.</param>
public sealed record AzureStoreOptions(
    string Container, KeyRoot Root, string? Account, Uri? Endpoint, string? KeyFile, string? SasFile, RequestLimits Limits, ServerTrust Trust)
{
    /// <summary>The scheme, which is Vitess's name for this storage.</summary>
    public const string Scheme = "azblob";

    /// <summary>Takes a location apart.</summary>
    /// <exception cref="StorageException">InvalidArgument.</exception>
    public static AzureStoreOptions Of(StorageUrl url)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (url.Host.Length == 0 || url.UserInfo.Length > 0)
        {
            throw new StorageException(
                StorageErrorKind.InvalidArgument, $"'{url}' names no container: write azblob://CONTAINER/ROOT?account=NAME; a key belongs into a file: key-file=PATH");
        }

        var parameters = new LocationParameters(url);
        var options = new AzureStoreOptions(
            url.Host, KeyRoot.Of(url), parameters.Text("account"), parameters.Endpoint("endpoint"),
            parameters.Text("key-file"), parameters.Text("sas-file"), RequestLimits.Of(parameters), ServerTrust.Of(parameters));
        parameters.RefuseOthers();
        return options.KeyFile is not null && options.SasFile is not null
            ? throw parameters.Invalid("sas-file", "cannot stand beside key-file")
            : options;
    }
}
