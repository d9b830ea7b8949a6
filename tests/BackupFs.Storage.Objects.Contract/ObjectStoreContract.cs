using System.Buffers;
using System.Text;
using Xunit;

namespace BackupFs.Storage.Objects.Contract;

/// <summary>
/// What every object store has to do, against the real service where there is one: derive a class in the store's test project
/// and say how a client is made. Every test has a <see cref="Keyspace"/> of its own. What depends on
/// <see cref="ObjectStoreLimits"/> is tested either way.
/// </summary>
public abstract partial class ObjectStoreContract : IAsyncLifetime
{
    /// <summary>The store under test; made anew for every test.</summary>
    protected IObjectStore Store { get; private set; } = null!;

    /// <summary>The first segment of all keys of this test; nothing is stored below it when the test starts.</summary>
    protected virtual string Keyspace => "commerce";

    /// <summary>Whether the server does what conditions say; some ignore them silently.</summary>
    protected virtual bool HeedsConditions => true;

    /// <summary>Whether <see cref="IObjectStore.ListUploadsAsync"/> tells of uploads (some stores forget them by themselves).</summary>
    protected virtual bool ListsUploads => true;

    /// <summary>Whether the root holds nothing but what this test stored.</summary>
    protected virtual bool HasOwnRoot => true;

    /// <summary>Whether the server cannot keep such a name, so that the store refuses it.</summary>
    protected virtual bool Refuses(string name) => false;

    /// <summary>The order of listings; a server's emulator may have another one than the server.</summary>
    protected virtual IComparer<string> KeyOrder { get; } =
        Comparer<string>.Create((left, right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right)));

    /// <summary>Only against hangs.</summary>
    protected static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(3)).Token;

    /// <summary>A small size that a part may have which is not the last.</summary>
    protected int PartSize
    {
        get
        {
            var (least, multiple) = (Math.Max(Store.Limits.MinimumPartSize, 64 << 10), Store.Limits.PartSizeMultiple);
            return checked((int)((least + multiple - 1) / multiple * multiple));
        }
    }

    public async Task InitializeAsync()
    {
        Store = await CreateStoreAsync();
        Ok(await Store.PrepareAsync(Key("any"), Soon));
    }

    public virtual async Task DisposeAsync()
    {
        if (Store is not null)
        {
            // The server lives longer than the test: leave nothing there that fills it.
            var keys = (await ListAllAsync(Keyspace + "/")).Select(info => info.Key).ToList();
            Ok(await Store.DeleteAsync(keys, Soon));
            foreach (var upload in Ok(await Store.ListUploadsAsync(Keyspace + "/", Soon)))
            {
                Ok(await Store.AbortUploadAsync(upload, Soon));
            }

            await Store.CloseAsync(default);
        }
    }

    /// <summary>A client of a place where nothing is stored below <see cref="Keyspace"/>.</summary>
    protected abstract ValueTask<IObjectStore> CreateStoreAsync();

    /// <summary>Another client of the same place.</summary>
    protected abstract ValueTask<IObjectStore> ReopenAsync();

    /// <summary>A key of this test.</summary>
    protected string Key(string name) => $"{Keyspace}/{name}";

    /// <summary>A name below another, or one that only looks so where both cannot be objects.</summary>
    protected string Below(string name, string below) => name + (Store.Limits.ObjectsAreFiles ? "_/" : "/") + below;

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static byte[] RandomBytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>The value of a result, or a failure that shows the error.</summary>
    protected static T Ok<T>(StorageResult<T> result)
    {
        Assert.True(result.IsOk, $"{result.Error?.Kind}: {result.Error}");
        return result.Value;
    }

    /// <summary>Checks that a result is an error of one kind.</summary>
    protected static StorageError Fails<T>(StorageErrorKind kind, StorageResult<T> result)
    {
        Assert.True(kind == result.Error?.Kind, $"{kind} was expected, not {result.Error?.Kind.ToString() ?? "success"}: {result.Error}");
        return result.Error!;
    }

    /// <summary>Checks that two contents are the same, without printing megabytes if they are not.</summary>
    protected static void Same(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        var same = expected.CommonPrefixLength(actual);
        Assert.True(
            same == expected.Length && same == actual.Length,
            $"{expected.Length} bytes were expected, {actual.Length} are there, and the first {same} are the same");
    }

    protected static void Same(byte[] expected, byte[] actual) => Same(expected.AsSpan(), actual.AsSpan());

    /// <summary>Bytes as a body cut into pieces, as writers have them.</summary>
    protected static ReadOnlySequence<byte> Body(byte[] bytes, int piece = 1 << 20)
    {
        if (bytes.Length <= piece)
        {
            return new ReadOnlySequence<byte>(bytes);
        }

        var first = new Piece(bytes.AsMemory(0, piece), null);
        var last = first;
        for (var offset = piece; offset < bytes.Length; offset += piece)
        {
            last = new Piece(bytes.AsMemory(offset, Math.Min(piece, bytes.Length - offset)), last);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    protected async Task<ObjectInfo> PutAsync(string key, byte[] content) =>
        Ok(await Store.PutAsync(key, Body(content), PutCondition.None, Soon));

    protected Task<ObjectInfo> PutAsync(string key, string content) => PutAsync(key, Bytes(content));

    /// <summary>A whole object, which must have no more bytes than its information says.</summary>
    protected async Task<byte[]> GetAsync(string key, IObjectStore? store = null)
    {
        var info = Ok(await (store ?? Store).GetInfoAsync(key, Soon));
        var buffer = new byte[info.Size + 1];
        var count = Ok(await (store ?? Store).ReadAsync(key, info.Tag, 0, buffer, Soon));
        Assert.Equal(info.Size, count);
        return buffer[..count];
    }

    protected async Task<string> TextAsync(string key) => Encoding.UTF8.GetString(await GetAsync(key));

    /// <summary>All objects below a prefix, by pages of <paramref name="maximum"/>.</summary>
    protected async Task<List<ObjectInfo>> ListAllAsync(string prefix, int maximum = 1000)
    {
        var all = new List<ObjectInfo>();
        await foreach (var page in PagesAsync(prefix, byDirectory: false, maximum))
        {
            Assert.Empty(page.Directories);
            all.AddRange(page.Objects);
        }

        return all;
    }

    protected async Task<string[]> KeysAsync(string prefix) => [.. (await ListAllAsync(prefix)).Select(info => info.Key)];

    /// <summary>The pages of a listing, each checked against its maximum.</summary>
    protected async IAsyncEnumerable<ObjectPage> PagesAsync(string prefix, bool byDirectory, int maximum)
    {
        string? continuation = null;
        do
        {
            var page = Ok(await Store.ListAsync(new ObjectListing(prefix, byDirectory, continuation, maximum), Soon));
            Assert.InRange(page.Objects.Count + page.Directories.Count, 0, maximum);
            Assert.True(page.Continuation is null || page.Continuation != continuation, "a page must not continue with itself");
            continuation = page.Continuation;
            yield return page;
        }
        while (continuation is not null);
    }

    /// <summary>Uploads a body in parts of <see cref="PartSize"/>, one after another, and completes it.</summary>
    protected async Task<ObjectInfo> UploadAsync(string key, byte[] content)
    {
        var upload = Ok(await Store.StartUploadAsync(key, Soon));
        var parts = 0;
        for (var offset = 0; offset < content.Length; offset += PartSize)
        {
            var size = Math.Min(PartSize, content.Length - offset);
            var body = Body(content[offset..(offset + size)]);
            Ok(await upload.UploadPartAsync(++parts, body, offset + size == content.Length, Soon));
        }

        return Ok(await upload.CompleteAsync(parts, Soon));
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        internal Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is not null)
            {
                before.Next = this;
                RunningIndex = before.RunningIndex + before.Memory.Length;
            }
        }
    }
}
