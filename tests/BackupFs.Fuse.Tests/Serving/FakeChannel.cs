using System.Runtime.InteropServices;
using BackupFs.Fuse.Protocol;
using BackupFs.Fuse.Transport;

namespace BackupFs.Fuse.Tests.Serving;

/// <summary>Takes replies in place of the kernel.</summary>
internal sealed class FakeChannel : IFuseChannel
{
    /// <summary>What the next writes return.</summary>
    internal Errno Result { get; set; }

    /// <summary>Whether replies are kept; otherwise they are only counted.</summary>
    internal bool Keep { get; set; } = true;

    internal int Count { get; private set; }

    internal List<byte[]> Replies { get; } = [];

    internal OutHeader LastHeader => MemoryMarshal.Read<OutHeader>(Replies[^1]);

    internal ReadOnlySpan<byte> LastBody => Replies[^1].AsSpan(16);

    public Errno Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        lock (Replies)
        {
            Count++;
            if (Keep)
            {
                Replies.Add([.. head, .. body]);
            }
        }

        return Result;
    }
}
