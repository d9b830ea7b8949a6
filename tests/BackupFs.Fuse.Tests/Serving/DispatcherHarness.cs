using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BackupFs.Fuse.Protocol;
using BackupFs.Fuse.Serving;
using BackupFs.Fuse.Tests.Mounting;

namespace BackupFs.Fuse.Tests.Serving;

/// <summary>Feeds messages to the dispatcher without a kernel.</summary>
internal sealed class DispatcherHarness
{
    private RequestSlot _slot;

    internal DispatcherHarness(IFuseOperations operations)
    {
        Pool = new RequestPool(64, 8, Log);
        Dispatcher = new RequestDispatcher(operations, new InterruptTable(Pool), Log) { Features = FuseMountOptions.DefaultFeatures };
        _slot = Pool.Rent()!;
    }

    internal RecordingLog Log { get; } = new();

    internal RequestPool Pool { get; }

    internal RequestDispatcher Dispatcher { get; }

    internal FakeChannel Channel { get; } = new();

    /// <summary>A message with a right header.</summary>
    internal static byte[] Message(FuseOpcode opcode, ulong node, ulong unique, params byte[] body)
    {
        byte[] message = new byte[40 + body.Length];
        var header = new InHeader
        {
            Length = (uint)message.Length,
            Opcode = opcode,
            Node = node,
            Unique = unique,
            UserId = 7,
            ProcessId = 9,
        };
        MemoryMarshal.Write(message, in header);
        body.CopyTo(message, 40);
        return message;
    }

    internal static byte[] Bytes<T>(T value)
        where T : unmanaged
    {
        byte[] bytes = new byte[Unsafe.SizeOf<T>()];
        MemoryMarshal.Write(bytes, in value);
        return bytes;
    }

    /// <summary>Has a message handled as a reader thread would.</summary>
    internal void Feed(ReadOnlySpan<byte> message)
    {
        message.CopyTo(_slot.ReceiveBuffer);
        if (!Dispatcher.Dispatch(_slot, message.Length, Channel))
        {
            _slot = Pool.Rent()!;
        }
    }
}
