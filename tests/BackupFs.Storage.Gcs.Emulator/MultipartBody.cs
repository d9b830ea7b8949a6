using System.Text;

namespace BackupFs.Storage.Gcs.Emulator;

/// <summary>A body of the type multipart/related with two parts (RFC 2387).</summary>
internal static class MultipartBody
{
    private static readonly byte[] EndOfHeaders = "\r\n\r\n"u8.ToArray();

    internal static (ReadOnlyMemory<byte> Description, ReadOnlyMemory<byte> Content) Split(ReadOnlyMemory<byte> body, string boundary)
    {
        var mark = Encoding.ASCII.GetBytes($"\r\n--{boundary}");
        var first = Part(body, 0, mark, out var next);
        return (first, Part(body, next, mark, out _));
    }

    /// <summary>The part whose headers begin at or after an offset, and where the delimiter after it begins.</summary>
    private static ReadOnlyMemory<byte> Part(ReadOnlyMemory<byte> body, int offset, byte[] mark, out int end)
    {
        var headers = body.Span[offset..].IndexOf(EndOfHeaders);
        var start = offset + headers + EndOfHeaders.Length;
        var length = headers < 0 ? -1 : body.Span[start..].IndexOf(mark);
        if (length < 0)
        {
            throw new ApiError(400, "badContent", "Malformed multipart body.");
        }

        end = start + length;
        return body.Slice(start, length);
    }
}
