using BackupFs.WinFsp.Layout;

namespace BackupFs.WinFsp.Driver;

/// <summary>Reading and writing.</summary>
public sealed partial class DriverFile
{
    private const int ResponseSize = 128; // FSP_FSCTL_TRANSACT_RSP

    /// <summary>How long an answer may take before the test is given up.</summary>
    private static readonly TimeSpan HangGuard = TimeSpan.FromMinutes(2);

    /// <summary>Reads; fewer bytes at the end of the file. Fails with <see cref="NtStatus.EndOfFile"/> at or behind it.</summary>
    public byte[] Read(ulong offset, int length) => Result(ReadAsync(offset, length));

    /// <summary>Reads without waiting for the answer.</summary>
    public async Task<byte[]> ReadAsync(ulong offset, int length)
    {
        var memory = new GuardedMemory(length);
        TransactResponse answer = await SendAsync(RequestKind.Read, Request).ConfigureAwait(false);
        byte[] content = memory.Span[..(int)answer.Information].ToArray();
        memory.Dispose();
        DriverException.Check(nameof(Read), answer.Status);
        return content;

        unsafe NtStatus Request(ref TransactResponse response)
        {
            uint transferred = 0;
            NtStatus status = _volume.Table.Read(_context, memory.Address, offset, (uint)length, &transferred);
            response.Information = transferred;
            return status;
        }
    }

    /// <summary>Reads from the start to the end.</summary>
    public byte[] ReadToEnd(int pieceLength = 64 * 1024)
    {
        var content = new List<byte>();
        while (true)
        {
            try
            {
                content.AddRange(Read((ulong)content.Count, pieceLength));
            }
            catch (DriverException exception) when (exception.Status == NtStatus.EndOfFile)
            {
                return [.. content];
            }
        }
    }

    /// <summary>Writes; answers how many bytes were.</summary>
    public int Write(ulong offset, ReadOnlySpan<byte> data) => Result(WriteAsync(data.ToArray(), new WinFspWriteRequest(offset, false, false)));

    /// <summary>Writes at the end of the file, wherever that is.</summary>
    public int Append(ReadOnlySpan<byte> data) => Result(WriteAsync(data.ToArray(), new WinFspWriteRequest(0, true, false)));

    /// <summary>Writes a page of the cache or of a mapping, as may happen after <see cref="Cleanup"/>: the file does not grow.</summary>
    public int WritePage(ulong offset, ReadOnlySpan<byte> data) =>
        Result(WriteAsync(data.ToArray(), new WinFspWriteRequest(offset, false, true)));

    /// <summary>Writes without waiting for the answer.</summary>
    public async Task<int> WriteAsync(ReadOnlyMemory<byte> data, WinFspWriteRequest request)
    {
        var memory = new GuardedMemory(data.Span);
        _modified |= !request.Constrained;
        TransactResponse answer = await SendAsync(RequestKind.Write, Request).ConfigureAwait(false);
        memory.Dispose();
        DriverException.Check(nameof(Write), answer.Status);
        LastInfo = answer.Info;
        return (int)answer.Information;

        unsafe NtStatus Request(ref TransactResponse response)
        {
            uint transferred = 0;
            WinFspFileInfo info = default;
            NtStatus status = _volume.Table.Write(
                _context,
                memory.Address,
                request.ToEnd ? ulong.MaxValue : request.Offset,
                (uint)data.Length,
                request.ToEnd,
                request.Constrained,
                &transferred,
                &info);
            (response.Information, response.Info) = (transferred, info);
            return status;
        }
    }

    /// <summary>What the last write answered.</summary>
    public WinFspFileInfo LastInfo { get; private set; }

    private delegate NtStatus PendingRequest(ref TransactResponse response);

    private static T Result<T>(Task<T> task) => task.WaitAsync(HangGuard).GetAwaiter().GetResult();

    /// <summary>Makes a request that may be answered at once or later; its memory must stay until it is.</summary>
    private async Task<TransactResponse> SendAsync(RequestKind kind, PendingRequest request)
    {
        (ulong hint, Task<TransactResponse> later) = _volume.Library.Begin();
        TransactResponse response = TransactResponse.To(kind, hint);
        response.Status = RequestThread.Call(hint, 0, () => request(ref response));
        if (response.Status != NtStatus.Pending)
        {
            _volume.Library.Forget(hint);
            return response;
        }

        TransactResponse answer = await later.WaitAsync(HangGuard).ConfigureAwait(false);
        if (answer.Status != NtStatus.Cancelled && (answer.Kind != kind || answer.Size != ResponseSize || answer.Hint != hint))
        {
            throw new InvalidOperationException("The answer does not belong to the request.");
        }

        return answer;
    }
}
