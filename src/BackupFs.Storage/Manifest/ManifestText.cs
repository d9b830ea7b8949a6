using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BackupFs.Storage;

/// <summary>The fixed words of a manifest document, shared by its writer and its reader.</summary>
internal static class ManifestText
{
    /// <summary>A line may have the block checksums of a very large file, but not more than this many bytes.</summary>
    internal const int MaximumLineBytes = 512 << 20;

    internal const string Started = "started", Ended = "ended", Host = "host", Writers = "writers", Accepted = "accepted";
    internal const string Program = "program", ProcessId = "pid", Ending = "ending";
    internal const string Path = "path", Type = "type", Mode = "mode", UserId = "uid", GroupId = "gid", ModifyTime = "mtime";
    internal const string Size = "size", Sha256 = "sha256", BlockSize = "blockSize", Blocks = "blocks";
    internal const string HardLink = "hardLinkTo", Target = "target", Target64 = "target64", Device = "device", Attributes = "xattrs";

    internal static readonly UTF8Encoding StrictUtf8 = new(false, true);

    /// <summary>Names stay readable (and greppable) in their own script; the document is never embedded in HTML.</summary>
    internal static readonly JsonWriterOptions WriterOptions =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = false };

    internal static readonly JsonReaderOptions ReaderOptions =
        new() { AllowTrailingCommas = false, CommentHandling = JsonCommentHandling.Disallow, MaxDepth = 4 };

    internal static ReadOnlySpan<byte> FirstLine => "{\n"u8;

    internal static ReadOnlySpan<byte> FormatPrefix => "\"format\":"u8;

    internal static ReadOnlySpan<byte> BackupPrefix => "\"backup\":"u8;

    internal static ReadOnlySpan<byte> EntriesLine => "\"entries\":[\n"u8;

    internal static ReadOnlySpan<byte> EntriesEndLine => "],\n"u8;

    internal static ReadOnlySpan<byte> ChecksumPrefix => "\"checksum\":\"sha256:"u8;

    internal static ReadOnlySpan<byte> ChecksumSuffix => "\"\n"u8;

    internal static ReadOnlySpan<byte> LastLine => "}\n"u8;

    internal static string TypeName(EntryType type) => type switch
    {
        EntryType.File => "file",
        EntryType.Directory => "directory",
        EntryType.SymbolicLink => "symlink",
        EntryType.Fifo => "fifo",
        EntryType.Socket => "socket",
        EntryType.BlockDevice => "block",
        EntryType.CharacterDevice => "char",
    };
}
