using Xunit;

namespace BackupFs.Storage.Contract;

public abstract partial class StorageContract
{
    [Fact]
    public async Task A_backup_is_invisible_before_its_end_and_whole_after()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var other = await ReopenAsync();
        for (var number = 0; number < 3; number++)
        {
            await AddAsync(handle, $"{number}", Bytes("x"));
            Assert.Empty(await NamesAsync(Storage));
            Assert.Empty(await NamesAsync(other));
            Assert.Empty(await IncompleteNamesAsync(other));
            Assert.Null(await other.FindBackupAsync(Shard, "b", Soon));
        }

        await EndAsync(handle);
        Assert.Equal((BackupState.Complete, false), (handle.State, handle.IsReadWrite));
        using var listed = Assert.Single(await other.ListBackupsAsync(Shard, Soon));
        Assert.Equal(["0", "1", "2"], await ChildrenAsync(listed.Tree, ""));
    }

    [Fact]
    public async Task The_end_is_refused_while_there_are_errors_and_throws_them_all()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await AddAsync(handle, "f", Bytes("x"));
        handle.Errors.RecordError(new StorageError(StorageErrorKind.NoSpace, "first"), "f");
        handle.Errors.RecordError(new StorageError(StorageErrorKind.Io, "second"), "g");
        var error = await ThrowsAsync(StorageErrorKind.NoSpace, async () => await EndAsync(handle));
        Assert.Contains("first", error.Message, StringComparison.Ordinal);
        Assert.Contains("second", error.Message, StringComparison.Ordinal);
        Assert.True(handle.IsReadWrite);
        Assert.Empty(await NamesAsync(Storage));
        handle.Errors.ResetErrors("f");
        handle.Errors.ResetErrors("g");
        await EndAsync(handle);
        Assert.Equal(["b"], await NamesAsync(Storage));
    }

    [Fact]
    public async Task The_end_waits_for_files_that_are_being_added()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var stream = await handle.AddFileAsync("f", -1, Soon);
        await stream.WriteAsync(Bytes("one "), Soon);
        var end = Task.Run(() => EndAsync(handle));
        await Task.Delay(30);
        Assert.False(end.IsCompleted);
        await stream.WriteAsync(Bytes("two"), Soon);
        await stream.DisposeAsync();
        await end;
        using var found = await FindAsync("b");
        Assert.Equal(Bytes("one two"), await ReadAsync(found, "f"));
    }

    [Fact]
    public async Task Nothing_can_be_changed_after_the_end()
    {
        using var ended = await Storage.StartBackupAsync(Shard, "b", Soon);
        await AddAsync(ended, "d/f", Bytes("x"));
        await using var file = (await ended.Tree.OpenFileAsync("d/f", FileAccessMode.Read, false, Soon)).Value;
        await EndAsync(ended);
        var buffer = new byte[2];
        Assert.Equal(1, (await file.ReadAsync(buffer, 0, Soon)).Value);
        using var found = await FindAsync("b");
        foreach (var tree in new[] { ended.Tree, found.Tree })
        {
            Fails(StorageErrorKind.ReadOnly, await tree.CreateFileAsync("g", FileAccessMode.Write, Plain, Soon));
            Fails(StorageErrorKind.ReadOnly, await tree.CreateUnnamedFileAsync("", FileAccessMode.Write, Plain, Soon));
            Fails(StorageErrorKind.ReadOnly, await tree.OpenFileAsync("d/f", FileAccessMode.Write, false, Soon));
            Fails(StorageErrorKind.ReadOnly, await tree.OpenFileAsync("d/f", FileAccessMode.ReadWrite, false, Soon));
            Fails(StorageErrorKind.ReadOnly, await tree.OpenFileAsync("d/f", FileAccessMode.Read, true, Soon));
            Fails(StorageErrorKind.ReadOnly, await tree.CreateDirectoryAsync("g", PlainDirectory, Soon));
            Fails(StorageErrorKind.ReadOnly, await tree.CreateSymbolicLinkAsync("g", Bytes("x"), Plain, Soon));
            Fails(StorageErrorKind.ReadOnly, await tree.CreateNodeAsync("g", EntryType.Fifo, 0, Plain, Soon));
            Fails(StorageErrorKind.ReadOnly, await tree.LinkAsync("d/f", "g", Soon));
            Fails(StorageErrorKind.ReadOnly, await tree.RenameAsync("d/f", "g", RenameMode.Replace, Soon));
            Fails(StorageErrorKind.ReadOnly, await tree.UnlinkAsync("d/f", Soon));
            Fails(StorageErrorKind.ReadOnly, await tree.RemoveDirectoryAsync("d", Soon));
            Fails(StorageErrorKind.ReadOnly, await tree.SetAttributesAsync("d/f", new EntryChanges { Mode = 0 }, Soon));
            Fails(StorageErrorKind.ReadOnly, await tree.SetExtendedAttributeAsync("d/f", "user.x", Bytes("x"), AttributeSetMode.CreateOrReplace, Soon));
            Fails(StorageErrorKind.ReadOnly, await tree.RemoveExtendedAttributeAsync("d/f", "user.x", Soon));
        }
    }

    [Fact]
    public async Task A_descriptor_of_an_ended_backup_writes_no_more()
    {
        using var ended = await Storage.StartBackupAsync(Shard, "b", Soon);
        await using var file = (await ended.Tree.CreateFileAsync("f", FileAccessMode.ReadWrite, Plain, Soon)).Value;
        await file.WriteAsync(Bytes("x"), 0, Soon);
        await file.FlushAsync(Soon);
        await EndAsync(ended);
        Fails(StorageErrorKind.ReadOnly, await file.WriteAsync(Bytes("y"), 0, Soon));
        Fails(StorageErrorKind.ReadOnly, await file.SetAttributesAsync(new EntryChanges { Size = 0 }, Soon));
        Assert.Equal("x", await TextAsync(ended.Tree, "f"));
    }

    [Fact]
    public async Task An_aborted_backup_is_gone_and_its_name_is_free()
    {
        (await CompleteAsync("other", ("f", Bytes("x")))).Dispose();
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        await AddAsync(handle, "d/f", Bytes("x"));
        await handle.AbortBackupAsync(Soon);
        await handle.AbortBackupAsync(Soon);
        Assert.False(handle.IsReadWrite);
        Assert.Equal(["other"], await NamesAsync(Storage));
        Assert.Empty(await IncompleteNamesAsync(await ReopenAsync()));
        await ThrowsAsync(StorageErrorKind.NotPermitted, async () => await handle.AddFileAsync("g", -1, Soon));
        using var again = await Storage.StartBackupAsync(Shard, "b", Soon);
        Assert.Empty(await ChildrenAsync(again.Tree, ""));
        await EndAsync(again);
    }

    [Fact]
    public async Task An_abort_cancels_what_is_being_added()
    {
        using var handle = await Storage.StartBackupAsync(Shard, "b", Soon);
        var stream = await handle.AddFileAsync("f", -1, Soon);
        await stream.WriteAsync(Bytes("half"), Soon);
        await handle.AbortBackupAsync(Soon);
        await Assert.ThrowsAsync<StorageException>(async () => await stream.DisposeAsync());
        Assert.Empty(await NamesAsync(Storage));
        Assert.Null(await Storage.FindBackupAsync(Shard, "b", Soon));
    }
}
