using System.Collections;
using Microsoft.Win32.SafeHandles;

namespace BackupFs.Fuse.Interop;

/// <summary>
/// A program started with a socket as its descriptor 3 and its errors collected. System.Diagnostics.Process cannot
/// pass descriptors; posix_spawn can, without the code between fork and exec that a managed process must not run.
/// </summary>
internal sealed unsafe class HelperProcess : IDisposable
{
    private const int SocketNumber = 3;
    private const int ErrorNumber = 2;
    private const int UnixDomain = 1;
    private const int StreamSocket = 1 | 0x80000; // SOCK_STREAM | SOCK_CLOEXEC
    private const int CloseOnExec = 0x80000; // O_CLOEXEC
    private const int ActionsSize = 512; // posix_spawn_file_actions_t is 80 bytes in glibc
    private const int KillSignal = 9;

    private readonly int _process;
    private readonly SafeFileHandle? _socket;
    private readonly SafeFileHandle _errors;
    private bool _ended;

    private HelperProcess(int process, SafeFileHandle? socket, SafeFileHandle errors)
    {
        _process = process;
        _socket = socket;
        _errors = errors;
    }

    /// <summary>Starts a program. Throws <see cref="FuseMountException"/> when that fails.</summary>
    internal static HelperProcess Start(string program, IReadOnlyList<string> arguments, bool withSocket)
    {
        (SafeFileHandle? socket, SafeFileHandle? childSocket) = withSocket ? SocketPair() : (null, null);
        (SafeFileHandle errors, SafeFileHandle childErrors) = Pipe();
        using (childSocket)
        using (childErrors)
        {
            int error = Spawn(program, arguments, childSocket, childErrors, out int process);
            if (error != 0)
            {
                socket?.Dispose();
                errors.Dispose();
                string message = $"{program} cannot be started: {(Errno)error}.";
                throw new FuseMountException(FuseMountFailure.Other, (Errno)error, message);
            }

            return new HelperProcess(process, socket, errors);
        }
    }

    /// <summary>The descriptor the program sends, or null when it ends (or the time) without.</summary>
    internal SafeFileHandle? ReceiveDescriptor(TimeSpan timeout)
    {
        if (!FuseDevice.WaitReadable(_socket!, (int)timeout.TotalMilliseconds))
        {
            Libc.kill(_process, KillSignal);
            return null;
        }

        return DescriptorPassing.Receive(_socket!);
    }

    /// <summary>Waits for the end; returns what was written to standard error.</summary>
    internal string Finish(out int exitCode)
    {
        _socket?.Dispose();
        string words;
        using (var reader = new StreamReader(new FileStream(_errors, FileAccess.Read, bufferSize: 0)))
        {
            words = reader.ReadToEnd();
        }

        exitCode = Wait();
        return words;
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _errors.Dispose();
        if (!_ended)
        {
            Libc.kill(_process, KillSignal);
            Wait();
        }
    }

    private int Wait()
    {
        int status;
        int result;
        do
        {
            // SAFETY: the status is a local.
            result = Libc.waitpid(_process, &status, 0);
        }
        while (result < 0 && Libc.LastError == Errno.EINTR);

        _ended = true;
        // The low 7 bits are the signal, if any; ECHILD means that somebody else collected the status.
        return result < 0 ? 0 : (status & 0x7f) != 0 ? 128 + (status & 0x7f) : (status >> 8) & 0xff;
    }

    private static int Spawn(
        string program, IReadOnlyList<string> arguments, SafeFileHandle? socket, SafeFileHandle errors, out int process)
    {
        using var argv = new NativeStrings([program, .. arguments]);
        using var environment = new NativeStrings(ChildEnvironment(socket is not null));
        byte* actions = stackalloc byte[ActionsSize];
        int child = 0;
        // SAFETY: the actions block is larger than the type; it is initialised before use and destroyed after. The string
        // arrays end with null and live until the end of this method. The handles are alive: the caller disposes them.
        fixed (byte* path = NativePath.Terminated(program))
        {
            int error = Libc.posix_spawn_file_actions_init(actions);
            if (error == 0)
            {
                // Errors first: the pipe could itself have the number the socket goes to.
                error = Libc.posix_spawn_file_actions_adddup2(actions, (int)errors.DangerousGetHandle(), ErrorNumber);
                if (error == 0 && socket is not null)
                {
                    error = Libc.posix_spawn_file_actions_adddup2(actions, (int)socket.DangerousGetHandle(), SocketNumber);
                }

                error = error == 0 ? Libc.posix_spawn(&child, path, actions, null, argv.Pointer, environment.Pointer) : error;
                _ = Libc.posix_spawn_file_actions_destroy(actions);
            }

            process = child;
            return error;
        }
    }

    private static IEnumerable<string> ChildEnvironment(bool withSocket)
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if ((string)variable.Key is not ("_FUSE_COMMFD" or "LC_ALL"))
            {
                yield return $"{variable.Key}={variable.Value}";
            }
        }

        yield return "LC_ALL=C"; // its words are matched
        if (withSocket)
        {
            yield return $"_FUSE_COMMFD={SocketNumber}";
        }
    }

    private static (SafeFileHandle Ours, SafeFileHandle Childs) SocketPair()
    {
        int* pair = stackalloc int[2];
        // SAFETY: room for two descriptors.
        return Libc.socketpair(UnixDomain, StreamSocket, 0, pair) == 0 ? Own(pair) : throw NoDescriptors();
    }

    private static (SafeFileHandle Ours, SafeFileHandle Childs) Pipe()
    {
        int* pair = stackalloc int[2];
        // SAFETY: room for two descriptors.
        return Libc.pipe2(pair, CloseOnExec) == 0 ? Own(pair) : throw NoDescriptors();
    }

    private static (SafeFileHandle Ours, SafeFileHandle Childs) Own(int* pair) =>
        (new SafeFileHandle(pair[0], ownsHandle: true), new SafeFileHandle(pair[1], ownsHandle: true));

    private static FuseMountException NoDescriptors()
    {
        Errno error = Libc.LastError;
        return new FuseMountException(FuseMountFailure.Other, error, $"No descriptors for starting fusermount3: {error}.");
    }
}
