using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using BackupFs.FaultProxy;
using BackupFs.Mount.Tests.Mounting;
using BackupFs.Storage;
using BackupFs.Storage.Azure;
using BackupFs.Storage.Directory;
using BackupFs.Storage.Gcs;
using BackupFs.Storage.Objects;
using BackupFs.Storage.S3;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Mount.Tests.Objects;

/// <summary>
/// A part of a real object store that nobody else uses, to be mounted any number of times, and to be looked at and changed
/// behind the mounts' back. Its objects are gone after <see cref="DisposeAsync"/>.
/// </summary>
internal sealed class ObjectPlace : IAsyncDisposable
{
    /// <summary>A path in a directory of its own.</summary>
    private readonly string? _configuration;

    private ObjectPlace(string scheme, string url, string directUrl, string? configuration, TcpProxy? proxy)
    {
        (Scheme, Url, _configuration, Proxy) = (scheme, url, configuration, proxy);

        // A keyspace of ceph's is a bucket, which others must not share.
        Directory = scheme == "ceph" ? $"keyspace-{ObjectServers.Unique()}" : "db";
        Store = Open(directUrl);
    }

    /// <summary>For example <c>s3</c>.</summary>
    public string Scheme { get; }

    /// <summary>What <c>--storage</c> takes; through the proxy if there is one.</summary>
    public string Url { get; }

    /// <summary>The directory for backups, <c>$D</c> of scripts.</summary>
    public string Directory { get; }

    /// <summary>What is between mounts and the store, if asked for.</summary>
    public TcpProxy? Proxy { get; }

    /// <summary>The objects, without a proxy.</summary>
    public IObjectStore Store { get; }

    /// <summary>Takes an empty place.</summary>
    /// <param name="scheme">Of the store.</param>
    /// <param name="hasProxy">Whether mounts reach the store through a proxy.</param>
    /// <param name="parameters">For the end of the mounts' URL, with <c>&amp;</c> before each.</param>
    public static async Task<ObjectPlace> CreateAsync(string scheme, bool hasProxy = false, string parameters = "")
    {
        if (scheme == DirectoryStoreOptions.OwnScheme)
        {
            return CreateInDirectory();
        }

        var server = await ObjectServers.GetAsync(scheme);
        return Create(scheme, server.Endpoint, server.Bucket, $"root {ObjectServers.Unique()}", hasProxy, parameters);
    }

    /// <summary>Takes a new local directory, as a store of the scheme <c>directory</c>.</summary>
    public static ObjectPlace CreateInDirectory()
    {
        var root = Path.Combine(System.IO.Directory.CreateTempSubdirectory("backupfs-place-").FullName, "root");
        return new ObjectPlace(DirectoryStoreOptions.OwnScheme, $"directory://{root}", $"directory://{root}", root, proxy: null);
    }

    /// <summary>Takes a bucket of one's own of the S3 gateway.</summary>
    public static async Task<ObjectPlace> CreateInBucketAsync(string bucket) =>
        Create("s3", (await ObjectServers.GetAsync("s3")).Endpoint, bucket, "root", hasProxy: false, "");

    private static ObjectPlace Create(string scheme, Uri endpoint, string bucket, string root, bool hasProxy, string parameters)
    {
        var proxy = hasProxy ? TcpProxy.StartHttp(new IPEndPoint(IPAddress.Parse(endpoint.Host), endpoint.Port)) : null;
        var mounted = proxy is null ? endpoint : new Uri(proxy.Url + endpoint.PathAndQuery);
        var configuration = scheme == "ceph" ? WriteCephConfiguration(mounted) : null;
        return new ObjectPlace(scheme, UrlOf(mounted) + parameters, UrlOf(endpoint), configuration, proxy);

        string UrlOf(Uri address)
        {
            var text = address.AbsoluteUri.TrimEnd('/');
            var path = $"{bucket}/{Uri.EscapeDataString(root)}";
            return scheme switch
            {
                "s3" => $"s3://{path}?endpoint={text}&path-style=true",
                "ceph" => $"ceph://{configuration}?tls-verify=true",
                "azblob" => $"azblob://{path}?endpoint={text}",
                _ => $"gcs://{path}?endpoint={text}&anonymous=true",
            };
        }
    }

    /// <summary>Mounts it; nothing ends by idleness.</summary>
    public Task<BackupMount> MountAsync(params string[] options) => BackupMount.StartAsync(SettingsOf(options));

    /// <summary>As for <see cref="MountAsync"/>.</summary>
    public MountSettings SettingsOf(params string[] options)
    {
        // Others' keyspaces on the same server may have another layout.
        string[] levels = Scheme == "ceph" && !options.Contains("--dir-levels") ? ["--dir-levels", "1"] : [];
        return new MountSettings { Storage = Url, Directory = Directory, Options = ["--end", "manual", .. levels, .. options] };
    }

    /// <summary>All keys there are.</summary>
    public async Task<IReadOnlyList<string>> KeysAsync()
    {
        var keys = new List<string>();
        string? continuation = null;
        do
        {
            var page = (await Store.ListAsync(new ObjectListing(Scheme == "ceph" ? Directory + "/" : "", Continuation: continuation), CancellationToken.None)).Value;
            keys.AddRange(page.Objects.Select(found => found.Key));
            continuation = page.Continuation;
        }
        while (continuation is not null);
        return keys;
    }

    /// <summary>The bytes of an object.</summary>
    public async Task<byte[]> ReadAsync(string key)
    {
        var bytes = new byte[(await Store.GetInfoAsync(key, CancellationToken.None)).Value.Size];
        for (var read = 0; read < bytes.Length;)
        {
            read += (await Store.ReadAsync(key, null, read, bytes.AsMemory(read), CancellationToken.None)).Value;
        }

        return bytes;
    }

    /// <summary>Stores an object.</summary>
    public async Task PutAsync(string key, byte[] bytes)
    {
        var ready = await Store.PrepareAsync(key, CancellationToken.None);
        Assert.True(ready.IsOk, $"{ready.Error}");
        var put = await Store.PutAsync(key, new ReadOnlySequence<byte>(bytes), PutCondition.None, CancellationToken.None);
        Assert.True(put.IsOk, $"{put.Error}");
    }

    /// <summary>Stores a text.</summary>
    public Task PutAsync(string key, string text) => PutAsync(key, Encoding.UTF8.GetBytes(text));

    /// <summary>Flips a bit of an object's byte.</summary>
    public async Task FlipAsync(string key, long at)
    {
        var bytes = await ReadAsync(key);
        bytes[at] ^= 4;
        await PutAsync(key, bytes);
    }

    /// <summary>Writes all objects of <see cref="Directory"/> as files into a local directory.</summary>
    public async Task DownloadAsync(string target)
    {
        foreach (var key in (await KeysAsync()).Where(key => key.StartsWith(Directory + "/", StringComparison.Ordinal)))
        {
            var path = Path.Combine(target, key[(Directory.Length + 1)..]);
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllBytesAsync(path, await ReadAsync(key));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Proxy is not null)
        {
            await Proxy.DisposeAsync();
        }

        // Servers in memory get theirs back.
        var uploads = await Store.ListUploadsAsync(Scheme == "ceph" ? Directory + "/" : "", CancellationToken.None);
        if (uploads.IsOk)
        {
            foreach (var upload in uploads.Value)
            {
                await Store.AbortUploadAsync(upload, CancellationToken.None);
            }
        }

        await Store.DeleteAsync(await KeysAsync(), CancellationToken.None);
        await Store.CloseAsync(CancellationToken.None);
        if (_configuration is not null)
        {
            System.IO.Directory.Delete(Path.GetDirectoryName(_configuration)!, recursive: true);
        }
    }

    private static IObjectStore Open(string location)
    {
        var url = StorageUrl.Parse(location);
        return url.Scheme switch
        {
            "s3" => S3Storage.OpenS3(url, TimeProvider.System, Random.Shared.NextDouble, NullLogger.Instance),
            "ceph" => S3Storage.OpenCeph(url, TimeProvider.System, Random.Shared.NextDouble, NullLogger.Instance),
            "azblob" => AzureObjectStore.Create(url, TimeProvider.System, NullLogger.Instance),
            DirectoryStoreOptions.OwnScheme => DirectoryObjectStore.Create(url, TimeProvider.System),
            _ => GcsObjectStore.Create(url, TimeProvider.System, NullLogger.Instance),
        };
    }

    private static string WriteCephConfiguration(Uri endpoint)
    {
        // The directory is its owner's alone.
        var path = Path.Combine(System.IO.Directory.CreateTempSubdirectory("backupfs-ceph-").FullName, "ceph.json");
        var content = new
        {
            accessKey = Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID"),
            secretKey = Environment.GetEnvironmentVariable("AWS_SECRET_ACCESS_KEY"),
            endPoint = endpoint.Authority,
            useSSL = false,
        };
        File.WriteAllText(path, JsonSerializer.Serialize(content));
        return path;
    }
}
