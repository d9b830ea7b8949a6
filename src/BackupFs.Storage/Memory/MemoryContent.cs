namespace BackupFs.Storage;

/// <summary>The bytes of a file in memory, sparse by pages. Not thread-safe: the store's lock guards it.</summary>
internal sealed class MemoryContent : INodeContent
{
    internal const int PageSize = 4096;

    /// <summary>Beyond this a file cannot grow; page numbers and sums of offsets stay far from overflowing.</summary>
    internal const long MaximumSize = TreeNode.MaximumSize;

    private readonly Dictionary<long, byte[]> _pages = [];

    public long Size { get; private set; }

    public long AllocatedBytes => (long)_pages.Count * PageSize;

    /// <summary>The content of a file's node.</summary>
    internal static MemoryContent Of(TreeNode node) => (MemoryContent)node.Content!;

    internal int Read(Span<byte> buffer, long offset)
    {
        var length = (int)Math.Clamp(Size - offset, 0, buffer.Length);
        for (var done = 0; done < length;)
        {
            var (page, within, part) = Part(offset + done, length - done);
            if (_pages.TryGetValue(page, out var bytes))
            {
                bytes.AsSpan(within, part).CopyTo(buffer[done..]);
            }
            else
            {
                buffer.Slice(done, part).Clear();
            }

            done += part;
        }

        return length;
    }

    internal void Write(ReadOnlySpan<byte> data, long offset)
    {
        for (var done = 0; done < data.Length;)
        {
            var (page, within, part) = Part(offset + done, data.Length - done);
            if (!_pages.TryGetValue(page, out var bytes))
            {
                _pages.Add(page, bytes = new byte[PageSize]);
            }

            data.Slice(done, part).CopyTo(bytes.AsSpan(within));
            done += part;
        }

        Size = data.Length == 0 ? Size : Math.Max(Size, offset + data.Length);
    }

    internal void SetSize(long size)
    {
        if (size < Size)
        {
            // Also beyond the end of the last page: what is cut off must read as zeros if the file grows again.
            Punch(size, Size - size);
        }

        Size = size;
    }

    /// <summary>Makes a range read as zeros and frees the pages it covers whole; the size stays.</summary>
    internal void Punch(long offset, long length)
    {
        var end = Math.Min(offset + length, Size);
        if (end <= offset)
        {
            return;
        }

        foreach (var page in _pages.Keys.Where(page => page * PageSize < end && (page + 1) * PageSize > offset).ToList())
        {
            var from = Math.Max(offset - (page * PageSize), 0);
            var to = Math.Min(end - (page * PageSize), PageSize);
            if (from == 0 && (to == PageSize || end == Size))
            {
                _pages.Remove(page);
            }
            else
            {
                _pages[page].AsSpan((int)from, (int)(to - from)).Clear();
            }
        }
    }

    /// <summary>The next data or hole at or after an offset below the size; null when there is no data.</summary>
    internal long? Seek(SeekTarget target, long offset)
    {
        var page = offset / PageSize;
        if (target == SeekTarget.Data)
        {
            var found = _pages.Keys.Where(candidate => candidate >= page).DefaultIfEmpty(-1).Min();
            return found < 0 || found * PageSize >= Size ? null : Math.Max(offset, found * PageSize);
        }

        while (_pages.ContainsKey(page))
        {
            page++;
        }

        return Math.Min(Math.Max(offset, page * PageSize), Size);
    }

    internal FileChecksums Sum()
    {
        using var summer = new FileChecksummer(Size);
        for (long offset = 0; offset < Size;)
        {
            var data = Seek(SeekTarget.Data, offset) ?? Size;
            summer.AppendZeros(data - offset);
            offset = data;
            if (offset < Size)
            {
                var part = (int)Math.Min(PageSize - (offset % PageSize), Size - offset);
                summer.Append(_pages[offset / PageSize].AsSpan((int)(offset % PageSize), part));
                offset += part;
            }
        }

        return summer.Finish();
    }

    private static (long Page, int Within, int Part) Part(long offset, int length)
    {
        var within = (int)(offset % PageSize);
        return (offset / PageSize, within, Math.Min(length, PageSize - within));
    }
}
