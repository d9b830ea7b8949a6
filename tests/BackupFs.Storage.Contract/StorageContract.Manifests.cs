using System.Security.Cryptography;
using Xunit;

namespace BackupFs.Storage.Contract;

public abstract partial class StorageContract
{
    [Fact]
    public async Task The_manifest_describes_every_entry()
    {
        var content = RandomBytes((2 << 20) + 7);
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        Assert.Null(await handle.ReadManifestAsync(Soon));
        await AddAsync(handle, "a", content);
        await AddAsync(handle, "d/empty", []);
        await AddAsync(handle, "a-b", Bytes("x"));
        var notes = new BackupNotes([new WriterNote("tar", 7, "exit status 1")], ["files changed"]);
        await handle.EndBackupAsync(notes, Soon);

        using var found = await FindAsync("b");
        var manifest = (await found.ReadManifestAsync(Soon))!;
        Assert.Equal(BackupManifest.CurrentFormat, manifest.Format);
        Assert.Equal(["", "a", "a-b", "d", "d/empty"], manifest.Entries.Select(entry => entry.Path));
        Assert.NotEqual("", manifest.Host);
        Assert.True(manifest.Started <= manifest.Ended);
        Assert.Equal(notes.Writers, manifest.Notes.Writers);
        Assert.Equal(notes.Accepted, manifest.Notes.Accepted);
        var sums = manifest.Find("a")!.Checksums!;
        Assert.Equal((content.Length, 3), (sums.Size, sums.BlockCount));
        Assert.Equal(SHA256.HashData(content), sums.Sha256);
        Assert.True(sums.Verify(2, content.AsSpan(2 << 20)));
        Assert.Equal(0, manifest.Find("d/empty")!.Checksums!.Size);
        Assert.Equal(EntryType.Directory, manifest.Find("d")!.Type);
    }

    [Fact]
    public async Task Checksums_are_right_after_every_kind_of_change()
    {
        if (!Storage.Capabilities.RandomWrites)
        {
            return;
        }

        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var random = new Random(5);
        var model = Array.Empty<byte>();
        for (var round = 0; round < 6; round++)
        {
            var file = round == 0
                ? await handle.Tree.CreateFileAsync("f", FileAccessMode.ReadWrite, Plain, Soon)
                : await handle.Tree.OpenFileAsync("f", FileAccessMode.ReadWrite, truncate: false, Soon);
            await using (file.Value)
            {
                for (var write = 0; write < 10; write++)
                {
                    var part = RandomBytes(random.Next(1, 300_000), (round * 100) + write);
                    var offset = random.Next(3 << 20);
                    if (offset + part.Length > model.Length)
                    {
                        Array.Resize(ref model, offset + part.Length);
                    }

                    part.CopyTo(model, offset);
                    await file.Value.WriteAsync(part, offset, Soon);
                }

                Array.Resize(ref model, random.Next(1 << 20, 3 << 20));
                Assert.True((await file.Value.SetAttributesAsync(new EntryChanges { Size = model.Length }, Soon)).IsOk);
            }

            await handle.Tree.RenameAsync("f", "g", RenameMode.Replace, Soon);
            await handle.Tree.RenameAsync("g", "f", RenameMode.Replace, Soon);
        }

        await EndAsync(handle);
        using var found = await FindAsync("b");
        Assert.Equal(model, await ReadAsync(found, "f"));
        using var summer = new FileChecksummer();
        summer.Append(model);
        Assert.True(summer.Finish().Matches((await found.ReadManifestAsync(Soon))!.FindChecksums("f")!));
    }

    [Fact]
    public async Task What_was_tampered_with_is_corrupt_when_it_is_read()
    {
        var content = RandomBytes(3 << 20);
        (await CompleteAsync("b", ("f", content), ("g", Bytes("good")))).Dispose();
        if (!await TamperAsync(Shard, "b", "f", (1 << 20) + 500))
        {
            return;
        }

        using var found = await FindAsync("b");
        Assert.Equal(Bytes("good"), await ReadAsync(found, "g"));
        await ThrowsAsync(StorageErrorKind.Corrupt, async () => await ReadAsync(found, "f"));
        await using var file = (await found.Tree.OpenFileAsync("f", FileAccessMode.Read, false, Soon)).Value;
        var buffer = new byte[1000];
        Assert.Equal(1000, (await file.ReadAsync(buffer, 5, Soon)).Value);
        Assert.Equal(content[5..1005], buffer);
        var corrupt = await file.ReadAsync(buffer, (2 << 20) - 1000, Soon);
        Fails(StorageErrorKind.Corrupt, corrupt);
        Assert.Contains("'f'", corrupt.Error!.Message, StringComparison.Ordinal);
        Fails(StorageErrorKind.Corrupt, await file.ReadAsync(buffer, (1 << 20) - 500, Soon));
        Assert.Equal(1000, (await file.ReadAsync(buffer, 2 << 20, Soon)).Value);
    }

    [Fact]
    public async Task A_manifest_that_was_tampered_with_is_corrupt()
    {
        (await CompleteAsync("b", ("f", Bytes("x")))).Dispose();
        if (!await TamperAsync(Shard, "b", BackupManifest.FileName, 30))
        {
            return;
        }

        using var found = await FindAsync("b");
        await ThrowsAsync(StorageErrorKind.Corrupt, async () => await found.ReadManifestAsync(Soon));
        Fails(StorageErrorKind.Corrupt, await found.Tree.OpenFileAsync("f", FileAccessMode.Read, false, Soon));
        Assert.Equal(["b"], await NamesAsync(Storage));
    }

    [Fact]
    public async Task Fifteen_hundred_files_are_stored_listed_read_and_removed()
    {
        const int Count = 1500;
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
            await AddAsync(handle, $"d/{number:D4}", Bytes($"{number}")));
        await EndAsync(handle);
        using var found = await FindAsync("b");
        var names = await ChildrenAsync(found.Tree, "d");
        Assert.Equal(Enumerable.Range(0, Count).Select(number => $"{number:D4}"), names);
        Assert.Equal(Bytes("1234"), await ReadAsync(found, "d/1234"));
        Assert.Equal(Count + 2, (await found.ReadManifestAsync(Soon))!.Entries.Count);
        await Storage.RemoveBackupAsync(Shard, "b", Soon);
        Assert.Empty(await NamesAsync(Storage));
    }
}
