namespace BackupFs.Storage.Objects;

/// <summary>
/// One block of an object, in memory or on its way there. Its fields change under <see cref="ObjectBlocks.Gate"/>; the bytes
/// of a loaded block may be read without it by whoever has a reference.
/// </summary>
internal sealed class Block(BlockFetch fetch, int index, int length)
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The transfer that brings it.</summary>
    internal BlockFetch Fetch => fetch;

    /// <summary>Which block of the object.</summary>
    internal int Index => index;

    /// <summary>Bytes.</summary>
    internal int Length => length;

    /// <summary>Readers that keep it and reads that use it. At 0 it is dropped.</summary>
    internal int References { get; set; }

    /// <summary>What became of it.</summary>
    internal BlockState State { get; private set; } = BlockState.Loading;

    /// <summary>Why it <see cref="BlockState.Failed"/> or is <see cref="BlockState.Corrupt"/>.</summary>
    internal StorageError? Error { get; private set; }

    /// <summary>Where the bytes are, once there is memory for them; empty otherwise.</summary>
    internal Granule[] Granules { get; set; } = [];

    /// <summary>Completes when <see cref="State"/> is no longer <see cref="BlockState.Loading"/>.</summary>
    internal Task Settled => _settled.Task;

    /// <summary>The outcome; under the gate. <see cref="Announce"/> tells it.</summary>
    internal void Settle(BlockState state, StorageError? error) => (State, Error) = (state, error);

    /// <summary>Wakes those who wait.</summary>
    internal void Announce() => _settled.TrySetResult();

    /// <summary>Copies bytes of a loaded block.</summary>
    internal void CopyTo(int offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var within = offset % MemoryBudget.GranuleBytes;
            var part = Math.Min(destination.Length, MemoryBudget.GranuleBytes - within);
            Granules[offset / MemoryBudget.GranuleBytes].Memory.Span.Slice(within, part).CopyTo(destination);
            destination = destination[part..];
            offset += part;
        }
    }

    /// <summary>Gives the memory back.</summary>
    internal void Free()
    {
        foreach (var granule in Granules)
        {
            granule.Dispose();
        }

        Granules = [];
    }
}
