using CsCheck;

namespace BackupFs.Storage.Tests;

public sealed class MemoryContentTests
{
    [Fact]
    public async Task A_file_in_memory_is_as_an_array_whatever_is_done_to_it()
    {
        var genOperation = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 20_000], Gen.Int[1, 9_000], Gen.Byte);
        await genOperation.List[1, 30].SampleAsync(
            async operations =>
            {
                using var handle = await new MemoryStorage().StartBackupAsync("", "b", CancellationToken.None);
                var file = (await handle.Tree.CreateFileAsync("f", FileAccessMode.ReadWrite, new NewEntry(0x180), CancellationToken.None)).Value;
                var model = new List<byte>();
                foreach (var (kind, offset, length, value) in operations)
                {
                    await ApplyAsync(file, model, kind, offset, length, value);
                    var read = new byte[model.Count + 10];
                    Assert.Equal(model.Count, (await file.ReadAsync(read, 0, CancellationToken.None)).Value);
                    Assert.True(read.AsSpan(0, model.Count).SequenceEqual(model.ToArray()));
                }

                await handle.EndBackupAsync(BackupNotes.None, CancellationToken.None);
                using var summer = new FileChecksummer();
                summer.Append(model.ToArray());
                var manifest = await handle.ReadManifestAsync(CancellationToken.None);
                Assert.True(summer.Finish().Matches(manifest!.FindChecksums("f")!));
            },
            iter: 200);
    }

    private static async Task ApplyAsync(IBackupFile file, List<byte> model, int kind, int offset, int length, byte value)
    {
        switch (kind)
        {
            case 0:
                Grow(model, offset + length);
                for (var i = 0; i < length; i++)
                {
                    model[offset + i] = value;
                }

                await file.WriteAsync(Enumerable.Repeat(value, length).ToArray(), offset, CancellationToken.None);
                break;
            case 1:
                Grow(model, offset);
                model.RemoveRange(offset, model.Count - offset);
                await file.SetAttributesAsync(new EntryChanges { Size = offset }, CancellationToken.None);
                break;
            case 2:
                Clear(model, offset, length);
                await file.AllocateAsync(AllocateMode.PunchHole, offset, length, CancellationToken.None);
                break;
            case 3:
                Grow(model, offset + length);
                Clear(model, offset, length);
                await file.AllocateAsync(AllocateMode.ZeroRange, offset, length, CancellationToken.None);
                break;
            default:
                var data = await file.SeekAsync(SeekTarget.Data, offset, CancellationToken.None);
                var next = model.FindIndex(Math.Min(offset, model.Count), b => b != 0);
                Assert.True(next < 0 || (data.IsOk && data.Value <= next));
                break;
        }
    }

    private static void Grow(List<byte> model, int size)
    {
        if (model.Count < size)
        {
            model.AddRange(new byte[size - model.Count]);
        }
    }

    private static void Clear(List<byte> model, int offset, int length)
    {
        for (var i = offset; i < Math.Min(offset + length, model.Count); i++)
        {
            model[i] = 0;
        }
    }
}
