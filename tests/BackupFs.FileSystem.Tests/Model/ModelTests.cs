using System.Security.Cryptography;
using System.Text;
using CsCheck;

namespace BackupFs.FileSystem.Tests.Model;

/// <summary>Random operations against a model: every answer is the model's, and so is what is stored in the end.</summary>
public sealed class ModelTests
{
    /// <summary>What an owner who is not root needs to go on.</summary>
    private const int OwnerMode = 0x1C0;

    private static readonly Gen<string> Name = Gen.Int[0, 2].Select(number => "abc"[number].ToString());

    private static readonly Gen<string> Path = Gen.Frequency(
        (3, Name), (4, Gen.Select(Name, Name, (one, two) => $"{one}/{two}")), (2, Gen.Select(Name, Name, Name, (one, two, three) => $"{one}/{two}/{three}")));

    /// <summary>Names are made more often than removed, so that there is something to move and to keep.</summary>
    private static readonly Gen<OperationKind> Kind = Gen.Frequency(
        (4, Gen.Const(OperationKind.MakeDirectory)),
        (3, Gen.Const(OperationKind.Write)),
        (4, Gen.Const(OperationKind.Keep)),
        (4, Gen.Const(OperationKind.Rename)),
        (2, Gen.Const(OperationKind.Exchange)),
        (8, Gen.Enum<OperationKind>()));

    private static readonly Gen<Operation> Operation = Gen.Select(
        Kind, Path, Path, Gen.Int[0, 0x1FF], (kind, path, other, number) => new Operation(kind, path, other, kind == OperationKind.ChangeMode ? number | OwnerMode : number));

    [Fact]
    public async Task Any_sequence_of_operations_does_what_the_model_does() =>
        await Operation.Array[1, 200].SampleAsync(
            async operations =>
            {
                await using var mount = await TestMount.StartAsync();
                await RunAsync(mount, operations);
            },
            iter: 400,
            threads: 1);

    /// <summary>The kernel uses inode numbers again, which memory does not.</summary>
    [Fact]
    public async Task Any_sequence_of_operations_does_on_a_disk_what_the_model_does() =>
        await Operation.Array[1, 200].SampleAsync(
            async operations =>
            {
                using var disk = new TemporaryStorage();
                await using var mount = await TestMount.StartAsync(wrap: _ => disk.Storage);
                await RunAsync(mount, operations);
            },
            iter: 60,
            threads: 1);

    private static async Task RunAsync(TestMount mount, Operation[] operations)
    {
        Assert.Equal(FsError.None, await mount.MkdirAsync("d"));
        Assert.Equal(FsError.None, await mount.MkdirAsync("d/b", mode: 0x1ED));
        var model = new ModelBackup();
        var kept = new List<(ModelNode Node, Inode Inode)>();
        foreach (var operation in operations)
        {
            if (!HaveParents(model, operation))
            {
                continue;
            }

            var actual = await DoAsync(mount, model, operation, kept);
            var expected = model.Apply(operation);
            Assert.True(expected == actual, $"{operation}: expected {expected}, got {actual}");
            foreach (var (node, inode) in kept)
            {
                await CheckKeptAsync(mount, node, inode);
            }
        }

        Assert.Equal(FsError.None, await mount.EndAsync("d/b"));
        await CompareAsync(mount, model);
        foreach (var (_, inode) in kept)
        {
            mount.Fs.Forget(inode, 1);
        }

        Assert.Equal(1, mount.Fs.Inodes.Count);
        Assert.True(mount.Fs.HasNothingInHand);
    }

    private static bool HaveParents(ModelBackup model, Operation operation) =>
        model.Find(BackupPath.Parent(operation.Path)) is { IsDirectory: true } && model.Find(BackupPath.Parent(operation.Other)) is { IsDirectory: true };

    private static async Task<FsError> DoAsync(TestMount mount, ModelBackup model, Operation operation, List<(ModelNode Node, Inode Inode)> kept)
    {
        var path = "d/b/" + operation.Path;
        var other = "d/b/" + operation.Other;
        var node = model.Find(operation.Path);
        switch (operation.Kind)
        {
            case OperationKind.MakeDirectory:
                return await mount.MkdirAsync(path);
            case OperationKind.Write:
                return await mount.WriteFileAsync(path, $"content {operation.Number}");
            case OperationKind.Append when node is { IsFile: true }:
                var file = (await mount.OpenAsync(path, FileAccessMode.Write)).Value;
                Assert.Equal(FsError.None, await mount.WriteAsync(file, $" more {operation.Number}", node.Content.Length));
                return await mount.CloseAsync(file);
            case OperationKind.Truncate when node is { IsFile: true }:
                return await ChangeAsync(mount, path, new EntryChanges { Size = operation.Number });
            case OperationKind.ChangeMode when node is { Type: not EntryType.SymbolicLink }:
                return await ChangeAsync(mount, path, new EntryChanges { Mode = operation.Number });
            case OperationKind.MakeSymbolicLink:
                return await mount.SymlinkAsync(path, $"target {operation.Number}");
            case OperationKind.Link when node is not null:
                return await mount.LinkAsync(path, other);
            case OperationKind.Unlink:
                return await mount.UnlinkAsync(path);
            case OperationKind.RemoveDirectory:
                return await mount.RmdirAsync(path);
            case OperationKind.Rename:
                return await mount.RenameAsync(path, other);
            case OperationKind.RenameNoReplace:
                return await mount.RenameAsync(path, other, RenameMode.NoReplace);
            case OperationKind.Exchange:
                return await mount.RenameAsync(path, other, RenameMode.Exchange);
            case OperationKind.Keep when node is not null:
                kept.Add((node, (await mount.LookupAsync(path)).Value.Inode));
                return FsError.None;
            default:
                return FsError.None;
        }
    }

    private static Task<FsError> ChangeAsync(TestMount mount, string path, EntryChanges changes) => mount.WithAsync(path, async inode =>
        (await mount.Fs.SetAttributesAsync(inode, changes, null, TestMount.Nobody, CancellationToken.None)).Error);

    /// <summary>An inode that is kept is the same entry for as long as it exists, and never another one.</summary>
    private static async Task CheckKeptAsync(TestMount mount, ModelNode node, Inode inode)
    {
        var attributes = await mount.Fs.GetAttributesAsync(inode, null, CancellationToken.None);
        if (node.Links == 0)
        {
            Assert.Equal(FsError.Stale, attributes.Error);
        }
        else if (attributes.IsOk)
        {
            Assert.Equal(((EntryInode)inode).Backup.ShownNumber(((EntryInode)inode).FileId), attributes.Value.FileId);
            Assert.Equal(node.Type, attributes.Value.Type);
            Assert.True(node.IsDirectory || attributes.Value.Size == node.Content.Length, "another size");
        }
        else
        {
            // A file may be left with a name that nobody has looked up yet.
            Assert.True(attributes.Error == FsError.Stale && node.HadLinks, $"unexpected: {attributes.Error}");
        }
    }

    private static async Task CompareAsync(TestMount mount, ModelBackup model)
    {
        var manifest = (await mount.ManifestAsync("d", "b"))!;
        var expected = model.Walk().OrderBy(entry => entry.Path, StringComparer.Ordinal).ToArray();
        Assert.Equal(expected.Select(entry => entry.Path), manifest.Entries.Select(entry => entry.Path));
        foreach (var ((path, node), entry) in expected.Zip(manifest.Entries))
        {
            Assert.Equal(node.Type, entry.Type);
            Assert.True(node.Type == EntryType.SymbolicLink || entry.Mode == node.Mode, $"{path}: another mode");
            var first = expected.First(candidate => candidate.Node == node).Path;
            Assert.Equal(first == path ? null : first, entry.HardLinkTo);
            if (node.IsFile)
            {
                Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(node.Content)), manifest.FindChecksums(path)!.Sha256);
                Assert.Equal(node.Content, await mount.ReadFileAsync("d/b/" + path));
            }
            else if (node.Type == EntryType.SymbolicLink && entry.HardLinkTo is null)
            {
                Assert.Equal(node.Content, Encoding.UTF8.GetString(entry.Target!));
            }
        }
    }
}
