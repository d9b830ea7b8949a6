using System.Buffers.Binary;
using System.Runtime.InteropServices;
using BackupFs.WinFsp.Layout;

namespace BackupFs.WinFsp.Driver;

/// <summary>Listing a directory.</summary>
public sealed partial class DriverFile
{
    // FSP_FSCTL_DIR_INFO: size, information at 8, name at 104; the next at a multiple of 8.
    private const int InfoOffset = 8;
    private const int NameOffset = 104;

    /// <summary>All entries, read in pieces of a buffer's size.</summary>
    public IReadOnlyList<WinFspDirectoryEntry> List(int bufferLength = 16 * 1024, string? pattern = null)
    {
        var all = new List<WinFspDirectoryEntry>();
        string? marker = null;
        while (true)
        {
            (IReadOnlyList<WinFspDirectoryEntry> piece, bool end) = ListPiece(marker, bufferLength, pattern);
            all.AddRange(piece);
            if (end)
            {
                return all;
            }

            if (piece.Count == 0)
            {
                throw new InvalidOperationException($"Nothing fits a buffer of {bufferLength} bytes.");
            }

            marker = piece[^1].Name;
        }
    }

    /// <summary>The entries after a name that fit a buffer, and whether that was all.</summary>
    public (IReadOnlyList<WinFspDirectoryEntry> Entries, bool End) ListPiece(string? marker, int bufferLength, string? pattern = null) =>
        Result(ListPieceAsync(marker, bufferLength, pattern));

    /// <summary>The same without waiting for the answer.</summary>
    public async Task<(IReadOnlyList<WinFspDirectoryEntry> Entries, bool End)> ListPieceAsync(
        string? marker, int bufferLength, string? pattern = null)
    {
        var memory = new GuardedMemory(bufferLength);
        TransactResponse answer = await SendAsync(RequestKind.QueryDirectory, Request).ConfigureAwait(false);
        (IReadOnlyList<WinFspDirectoryEntry> Entries, bool End) result =
            answer.Status.IsSuccess() ? Parse(memory.Span[..(int)answer.Information]) : ([], true);
        memory.Dispose();
        DriverException.Check(nameof(List), answer.Status);
        return result;

        unsafe NtStatus Request(ref TransactResponse response)
        {
            uint transferred = 0;
            string? passed = _volume.Options.PassPattern ? pattern : null;
            NtStatus status = _volume.Table.ReadDirectory(
                _context, passed, marker, memory.Address, (uint)bufferLength, &transferred);
            response.Information = transferred;
            return status;
        }
    }

    /// <summary>One entry by its name, or null (FindFirstFile without wildcards).</summary>
    public unsafe WinFspDirectoryEntry? Find(string name)
    {
        // Where case does not count the driver keeps the pattern in upper case, and asks by that.
        string pattern = _volume.Options.CaseSensitive ? name : name.ToUpperInvariant();
        using var memory = new GuardedMemory(NameOffset + (WinFspDirectoryEntry.LongestName * sizeof(char)));
        NtStatus status = _volume.Call(() => _volume.Table.GetDirInfoByName(_context, pattern, memory.Address));
        if (status == NtStatus.ObjectNameNotFound)
        {
            return null;
        }

        DriverException.Check(nameof(Find), status);
        return Entry(memory.Span);
    }

    private static (IReadOnlyList<WinFspDirectoryEntry> Entries, bool End) Parse(ReadOnlySpan<byte> list)
    {
        var entries = new List<WinFspDirectoryEntry>();
        while (list.Length >= sizeof(ushort))
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(list);
            if (size == 0)
            {
                return (entries, true);
            }

            entries.Add(Entry(list));
            list = list[((size + 7) & ~7)..];
        }

        return (entries, false);
    }

    private static WinFspDirectoryEntry Entry(ReadOnlySpan<byte> entry)
    {
        int size = BinaryPrimitives.ReadUInt16LittleEndian(entry);
        return new WinFspDirectoryEntry(
            new string(MemoryMarshal.Cast<byte, char>(entry[NameOffset..size])),
            MemoryMarshal.Read<WinFspFileInfo>(entry[InfoOffset..]));
    }
}
