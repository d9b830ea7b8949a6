using Microsoft.Win32.SafeHandles;

namespace BackupFs.Fuse.Interop;

/// <summary>Descriptors over Unix sockets (SCM_RIGHTS, unix(7)).</summary>
internal static unsafe class DescriptorPassing
{
    private const int CloseOnExec = 0x40000000; // MSG_CMSG_CLOEXEC
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int Rights = 1; // SCM_RIGHTS
    private const int ControlHeader = 16; // cmsghdr: length 8, level 4, type 4
    private const int ControlSize = 24; // one descriptor, padded to 8

    /// <summary>Receives one message with a descriptor; null when the other side ended without sending one.</summary>
    internal static SafeFileHandle? Receive(SafeFileHandle socket)
    {
        byte data;
        byte* control = stackalloc byte[ControlSize];
        new Span<byte>(control, ControlSize).Clear();
        var vector = new Libc.IoVector { Base = &data, Length = 1 };
        var message = new Libc.MessageHeader
        {
            Vectors = &vector,
            VectorCount = 1,
            Control = control,
            ControlLength = ControlSize,
        };
        nint received;
        do
        {
            // SAFETY: all buffers are locals, with their sizes in the header.
            received = Libc.recvmsg(socket, &message, CloseOnExec);
        }
        while (received < 0 && Libc.LastError == Errno.EINTR);

        bool hasDescriptor = received > 0
            && message.ControlLength >= ControlHeader + sizeof(int)
            && *(nint*)control >= ControlHeader + sizeof(int)
            && *(int*)(control + 8) == SocketLevel
            && *(int*)(control + 12) == Rights;
        return hasDescriptor ? new SafeFileHandle(*(int*)(control + ControlHeader), ownsHandle: true) : null;
    }
}
