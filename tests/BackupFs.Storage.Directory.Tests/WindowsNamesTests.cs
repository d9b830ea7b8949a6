using System.Buffers;
using BackupFs.Storage.Objects;
using Xunit;

namespace BackupFs.Storage.Directory.Tests;

public sealed class WindowsNamesTests : IDisposable
{
    private readonly TemporaryRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("CON")]
    [InlineData("nul")]
    [InlineData("nul.txt")]
    [InlineData("Aux.tar.gz")]
    [InlineData("com1")]
    [InlineData("LPT9.log")]
    [InlineData("COM\u00B2")]
    [InlineData("CONIN$")]
    [InlineData("dot.")]
    [InlineData("space ")]
    [InlineData("nul .txt")]
    [InlineData("a:stream")]
    [InlineData("what?")]
    [InlineData("*")]
    [InlineData("a|b")]
    [InlineData("<")]
    [InlineData("back\\slash")]
    [InlineData("\"")]
    [Promise("windows-names")]
    public async Task Names_that_windows_cannot_keep_are_refused_with_the_reason(string name)
    {
        var store = _root.Open(windowsNames: true);
        foreach (var key in new[] { $"dir/{name}/file", $"dir/{name}" })
        {
            var put = await store.PutAsync(key, new ReadOnlySequence<byte>([1]), PutCondition.None, default);
            Assert.Equal(StorageErrorKind.InvalidName, put.Error?.Kind);
            Assert.Contains("Windows", put.Error!.Message, StringComparison.Ordinal);
        }

        Assert.Empty((await store.ListAsync(new ObjectListing(""), default)).Value.Objects);
    }

    [Theory]
    [InlineData("CONSOLE")]
    [InlineData("COM")]
    [InlineData("COM10")]
    [InlineData("COMA")]
    [InlineData(".nul")]
    [InlineData("con_")]
    [InlineData(" leading")]
    [InlineData("a.b c")]
    public void Other_names_are_not(string name) => Assert.Null(WindowsNames.Check(name));

    [Theory]
    [InlineData("dir/file", "dir/FILE", "file")]
    [InlineData("dir/file", "DIR/other", "dir")]
    [InlineData("dir/sub/file", "dir/Sub/file", "sub")]
    [InlineData("dir/\u00FC", "dir/\u00DC", "\u00FC")]
    [Promise("windows-names")]
    public async Task A_name_that_differs_from_another_in_case_only_is_refused(string first, string second, string named)
    {
        var store = _root.Open(windowsNames: true);
        Assert.True((await store.PutAsync(first, new ReadOnlySequence<byte>([1]), PutCondition.None, default)).IsOk);

        // Linux has both; Windows would take the second for the first.
        System.IO.Directory.CreateDirectory(_root.At(Path.GetDirectoryName(second)!));
        _root.Plant("x", second);
        var put = await store.PutAsync(second, new ReadOnlySequence<byte>([2]), PutCondition.None, default);
        Assert.Equal(StorageErrorKind.InvalidName, put.Error?.Kind);
        Assert.Contains($"'{named}'", put.Error!.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("x", System.IO.File.ReadAllText(_root.At(second)));
    }
}
