using System.Globalization;
using System.Runtime.InteropServices;
using BackupFs.Fuse.Interop;
using BackupFs.Fuse.Protocol;
using BackupFs.Fuse.Transport;

namespace BackupFs.Fuse.Serving;

/// <summary>The first exchange on a connection: reads INIT and answers it.</summary>
internal sealed class Handshake(
    IFuseOperations operations, FuseMountOptions options, RequestPool pool, FuseNotifier notifier, FusePassthrough passthrough)
{
    private const string MaxPagesLimitFile = "/proc/sys/fs/fuse/max_pages_limit";
    private const int DefaultMaxPages = 256;

    /// <summary>Blocks until INIT was answered. Throws <see cref="FuseMountException"/>.</summary>
    internal FuseConnectionInfo Run(DeviceChannel channel)
    {
        RequestSlot slot = pool.Rent() ?? throw new InvalidOperationException("The session has ended.");
        try
        {
            while (true)
            {
                if (!FuseDevice.WaitReadable(channel.Device, (int)options.MountTimeout.TotalMilliseconds))
                {
                    throw Failed(Errno.ETIMEDOUT, "The kernel sent no INIT; is the descriptor that of a mount?");
                }

                int received = channel.Read(slot.ReceiveBuffer, out Errno error);
                if (received < 0)
                {
                    if (error is Errno.EINTR or Errno.EAGAIN or Errno.ENOENT)
                    {
                        continue;
                    }

                    throw Failed(error, $"The mount ended before it was ready: {error}.");
                }

                if (Answer(slot, received, channel) is FuseConnectionInfo connection)
                {
                    return connection;
                }
            }
        }
        finally
        {
            pool.Return(slot);
        }
    }

    // Null when another INIT follows.
    private FuseConnectionInfo? Answer(RequestSlot slot, int received, DeviceChannel channel)
    {
        var reader = new RequestReader(slot.ReceiveBuffer[..received]);
        if (!reader.TryRead(out InHeader header) || header.Opcode != FuseOpcode.Init)
        {
            throw Failed(Errno.EPROTO, "The first message of the kernel is not INIT; is the descriptor in use already?");
        }

        int length = Math.Min(reader.Rest.Length, 64);
        if (length < Negotiation.PrefixLength || !reader.TryReadPrefix(length, out InitIn kernel))
        {
            Reply(channel, header, Errno.EPROTO, default(InitOut));
            throw Failed(Errno.EPROTO, "The first message of the kernel is malformed.");
        }

        if (kernel.Major > Negotiation.Major)
        {
            // The kernel sends another INIT in our version.
            Reply(channel, header, Errno.None, new InitOut { Major = Negotiation.Major, Minor = Negotiation.NewestMinor });
            return null;
        }

        if (kernel.Major < Negotiation.Major || kernel.Minor < Negotiation.OldestMinor)
        {
            Reply(channel, header, Errno.EPROTO, default(InitOut));
            throw Failed(
                Errno.EPROTO,
                $"The kernel speaks FUSE {kernel.Major}.{kernel.Minor}; "
                + $"{Negotiation.Major}.{Negotiation.OldestMinor} (Linux 5.4) is needed.");
        }

        (InitOut reply, FuseConnectionInfo connection) =
            Negotiation.Agree(in kernel, options, Environment.SystemPageSize, KernelMaxPages(), notifier, passthrough);
        operations.Init(connection);
        Errno result = Reply(channel, header, Errno.None, in reply);
        return result == Errno.None ? connection : throw Failed(result, $"The kernel refused the answer to INIT: {result}.");
    }

    private static FuseMountException Failed(Errno error, string message) => new(FuseMountFailure.Protocol, error, message);

    private static Errno Reply(DeviceChannel channel, in InHeader request, Errno error, in InitOut body)
    {
        bool isError = error != Errno.None;
        ReadOnlySpan<byte> data = isError ? default : MemoryMarshal.AsBytes(
            MemoryMarshal.CreateReadOnlySpan(in body, 1));
        var header = new OutHeader { Length = 16 + (uint)data.Length, Error = -(int)error, Unique = request.Unique };
        return channel.Write(
            MemoryMarshal.AsBytes(
                MemoryMarshal.CreateReadOnlySpan(in header, 1)),
            data);
    }

    // The kernel clamps without telling (fs.fuse.max_pages_limit, since Linux 6.12).
    private static int KernelMaxPages()
    {
        try
        {
            string text = File.ReadAllText(MaxPagesLimitFile).Trim();
            bool valid = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int pages) && pages > 0;
            return valid ? pages : DefaultMaxPages;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return DefaultMaxPages;
        }
    }
}
