using System.Buffers;

namespace BackupFs.Storage.Objects;

/// <summary>The bytes of a part as one sequence over granules.</summary>
internal static class ContentBody
{
    /// <summary>A granule of zeros that everybody shares: a hole costs no memory.</summary>
    internal static ReadOnlyMemory<byte> Zeros { get; } = new byte[MemoryBudget.GranuleBytes];

    /// <summary><paramref name="length"/> bytes of memories of a granule each, in order.</summary>
    internal static ReadOnlySequence<byte> Create(ReadOnlySpan<ReadOnlyMemory<byte>> granules, long length)
    {
        if (length == 0)
        {
            return ReadOnlySequence<byte>.Empty;
        }

        Segment? first = null, last = null;
        foreach (var granule in granules)
        {
            var rest = length - (last is null ? 0 : last.RunningIndex + last.Memory.Length);
            last = new Segment(granule[..(int)Math.Min(rest, granule.Length)], last);
            first ??= last;
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        internal Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            if (previous is not null)
            {
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
                previous.Next = this;
            }
        }
    }
}
