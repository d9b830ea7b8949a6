using System.Collections.Concurrent;
using System.Text;

namespace BackupFs.Storage.Tests;

public sealed class BackupVerifierTests
{
    private const int Block = 1 << 20;
    private readonly MemoryStore _store = new();
    private readonly MemoryStorage _storage;

    public BackupVerifierTests() => _storage = new MemoryStorage(_store);

    [Fact]
    public async Task An_intact_backup_has_no_finding_and_every_byte_was_read()
    {
        await StoreAsync();
        var result = await VerifyAsync();
        Assert.Equal(VerificationOutcome.Intact, result.Outcome);
        Assert.Empty(result.Findings);
        Assert.Equal((3L * Block) + 5, result.Bytes);
        Assert.Equal(8, result.Entries);
    }

    [Fact]
    public async Task Each_damaged_block_is_a_finding_with_its_range()
    {
        await StoreAsync();
        _store.Tamper("", "b", "d/big", 10);
        _store.Tamper("", "b", "d/big", (2 * Block) + 10);
        _store.Tamper("", "b", "small", 0);
        var result = await VerifyAsync();
        Assert.Equal(VerificationOutcome.Damaged, result.Outcome);
        Assert.Equal(
            [("d/big", FindingKind.Content, 0, 0L, (long)Block), ("d/big", FindingKind.Content, 2, 2L * Block, Block), ("small", FindingKind.Content, 0, 0L, 5)],
            result.Findings.Select(f => (f.Path, f.Kind, f.Block ?? -1, f.Offset ?? -1, f.Length ?? -1)));
    }

    [Fact]
    public async Task A_storage_that_does_not_verify_by_itself_is_verified_too()
    {
        await StoreAsync();
        var manifest = await ManifestAsync();
        _store.PlantForeign("", "raw", new Dictionary<string, byte[]> { ["small"] = Encoding.UTF8.GetBytes("hellO") });
        using var raw = await _storage.FindBackupAsync("", "raw", default);
        var result = await new BackupVerifier().VerifyAsync(new HandleWithManifest(raw!, manifest), null, default);
        Assert.Contains(result.Findings, f => f is { Path: "small", Kind: FindingKind.Content, Block: 0 });
        Assert.Contains(result.Findings, f => f is { Path: "d/big", Kind: FindingKind.Missing });
    }

    [Theory]
    [InlineData(FindingKind.Mode)]
    [InlineData(FindingKind.Owner)]
    [InlineData(FindingKind.ModifyTime)]
    [InlineData(FindingKind.Target)]
    [InlineData(FindingKind.ExtendedAttribute)]
    [InlineData(FindingKind.HardLink)]
    [InlineData(FindingKind.Size)]
    [InlineData(FindingKind.Type)]
    [InlineData(FindingKind.Missing)]
    [InlineData(FindingKind.Extra)]
    [InlineData(FindingKind.Sha256)]
    [InlineData(FindingKind.Device)]
    public async Task Every_difference_has_its_kind(FindingKind kind)
    {
        await StoreAsync();
        var manifest = await ManifestAsync();
        var (path, changed) = kind switch
        {
            FindingKind.Mode => ("small", manifest.Find("small")! with { Mode = 0 }),
            FindingKind.Owner => ("small", manifest.Find("small")! with { UserId = 77 }),
            FindingKind.ModifyTime => ("d", manifest.Find("d")! with { ModifyTime = new Timestamp(1, 1) }),
            FindingKind.Target => ("symlink", manifest.Find("symlink")! with { Target = [1] }),
            FindingKind.ExtendedAttribute => ("small", manifest.Find("small")! with { ExtendedAttributes = null }),
            FindingKind.HardLink => ("zlink", manifest.Find("small")! with { Path = "zlink" }),
            FindingKind.Size => ("small", manifest.Find("small")! with { Size = 6 }),
            FindingKind.Type => ("pipe", manifest.Find("pipe")! with { Type = EntryType.Socket }),
            FindingKind.Missing => ("zzz", manifest.Find("small")! with { Path = "zzz" }),
            FindingKind.Extra => ("small", null),
            FindingKind.Device => ("pipe", manifest.Find("pipe")! with { Device = 3 }),
            _ => ("small", manifest.Find("small")! with { Checksums = manifest.Find("small")!.Checksums! with { Sha256 = new byte[32] } }),
        };
        var entries = manifest.Entries.Where(e => e.Path != path).Concat(changed is null ? [] : [changed]);
        using var found = await _storage.FindBackupAsync("", "b", default);
        var other = new HandleWithManifest(found!, manifest with { Entries = [.. entries.OrderBy(e => e.Path, StringComparer.Ordinal)] });
        var result = await new BackupVerifier().VerifyAsync(other, null, default);
        Assert.Equal(VerificationOutcome.Damaged, result.Outcome);
        Assert.Contains(result.Findings, f => f.Path == path && f.Kind == kind && f.Message.Length > 0);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_a_finding_not_an_exception()
    {
        await StoreAsync();
        var plan = new FaultPlan();
        plan.Fail("File.Read", StorageErrorKind.Io, path: "d/big", skip: 1, times: 1);
        plan.Fail("Tree.OpenFile", StorageErrorKind.AccessDenied, path: "small");
        using var found = await new FaultyStorage(_storage, plan).FindBackupAsync("", "b", default);
        var result = await new BackupVerifier(1).VerifyAsync(found!, null, default);
        Assert.Equal(
            [("d/big", FindingKind.Unreadable, 1), ("small", FindingKind.Unreadable, -1)],
            result.Findings.Select(f => (f.Path, f.Kind, f.Block ?? -1)));
    }

    [Fact]
    public async Task Progress_ends_with_everything_done()
    {
        await StoreAsync();
        var seen = new ConcurrentBag<VerificationProgress>();
        using var found = await _storage.FindBackupAsync("", "b", default);
        await new BackupVerifier().VerifyAsync(found!, new Direct(seen.Add), default);
        Assert.Contains(new VerificationProgress((3L * Block) + 5, (3L * Block) + 5, 2, 2, 0), seen);
        Assert.True(seen.Count >= 4);
    }

    [Fact]
    public async Task A_damaged_manifest_is_its_own_outcome()
    {
        await StoreAsync();
        _store.Tamper("", "b", BackupManifest.FileName, 50);
        var result = await VerifyAsync();
        Assert.Equal(VerificationOutcome.ManifestUnreadable, result.Outcome);
        Assert.Equal(FindingKind.Manifest, Assert.Single(result.Findings).Kind);
    }

    [Fact]
    public async Task A_foreign_backup_has_nothing_to_verify_against()
    {
        _store.PlantForeign("", "b", new Dictionary<string, byte[]> { ["0"] = [1] });
        Assert.Equal(VerificationOutcome.NoManifest, (await VerifyAsync()).Outcome);
    }

    [Fact]
    public async Task It_can_be_cancelled()
    {
        await StoreAsync();
        using var cancel = new CancellationTokenSource();
        using var found = await _storage.FindBackupAsync("", "b", default);
        var cancelling = new Direct(_ => cancel.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await new BackupVerifier(1).VerifyAsync(found!, cancelling, cancel.Token));
    }

    private async Task StoreAsync()
    {
        using var handle = await _storage.StartBackupAsync("", "b", default);
        var big = new byte[3 * Block];
        new Random(1).NextBytes(big);
        foreach (var (path, content) in new[] { ("d/big", big), ("small", Encoding.UTF8.GetBytes("hello")) })
        {
            await using var stream = await handle.AddFileAsync(path, -1, default);
            await stream.WriteAsync(content);
        }

        var tree = handle.Tree;
        await tree.SetExtendedAttributeAsync("small", "user.x", new byte[] { 1 }, AttributeSetMode.Create, default);
        await tree.LinkAsync("small", "zlink", default);
        await tree.LinkAsync("small", "zlink2", default);
        await tree.CreateSymbolicLinkAsync("symlink", new byte[] { 255 }, new NewEntry(0x1FF), default);
        await tree.CreateNodeAsync("pipe", EntryType.Fifo, 0, new NewEntry(0x180), default);
        await handle.EndBackupAsync(BackupNotes.None, default);
    }

    private async Task<BackupManifest> ManifestAsync()
    {
        using var found = await _storage.FindBackupAsync("", "b", default);
        return (await found!.ReadManifestAsync(default))!;
    }

    private async Task<VerificationResult> VerifyAsync()
    {
        using var found = await _storage.FindBackupAsync("", "b", default);
        return await new BackupVerifier().VerifyAsync(found!, null, default);
    }

    private sealed class Direct(Action<VerificationProgress> report) : IProgress<VerificationProgress>
    {
        public void Report(VerificationProgress value) => report(value);
    }
}
