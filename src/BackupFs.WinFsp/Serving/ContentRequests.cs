using System.Buffers;

namespace BackupFs.WinFsp.Serving;

/// <summary>
/// Reads, writes and listings, which may be answered later. Whatever happens, the driver's memory is given up before the answer is: an
/// operation that kept it cannot get at it then.
/// </summary>
internal static class ContentRequests
{
    internal static async ValueTask<Answer> ReadAsync(Volume volume, WinFspHandle handle, MemoryManager<byte> buffer, ulong offset)
    {
        try
        {
            WinFspResult<int> result = await volume.Operations.Read(handle, buffer.Memory, offset).ConfigureAwait(false);
            return result switch
            {
                { Status: not NtStatus.Success } => new Answer(result.Status),
                { Value: 0 } => new Answer(NtStatus.EndOfFile),
                _ => new Answer(NtStatus.Success, checked((uint)result.Value)),
            };
        }
        catch (Exception exception)
        {
            return new Answer(volume.Failed(exception, nameof(IWinFspOperations.Read)));
        }
        finally
        {
            Release(buffer);
        }
    }

    internal static async ValueTask<Answer> WriteAsync(
        Volume volume, WinFspHandle handle, MemoryManager<byte> data, WinFspWriteRequest request)
    {
        try
        {
            WinFspResult<WinFspWritten> result = await volume.Operations.Write(handle, data.Memory, request).ConfigureAwait(false);
            return result.Status.IsSuccess()
                ? new Answer(NtStatus.Success, checked((uint)result.Value.Count), result.Value.Info)
                : new Answer(result.Status);
        }
        catch (Exception exception)
        {
            return new Answer(volume.Failed(exception, nameof(IWinFspOperations.Write)));
        }
        finally
        {
            Release(data);
        }
    }

    internal static async ValueTask<Answer> ListAsync(
        Volume volume, WinFspHandle handle, string? pattern, string? marker, MemoryManager<byte> buffer)
    {
        try
        {
            DirectorySnapshot? listing = marker is null ? null : handle.Listing;
            if (listing is null)
            {
                WinFspResult<WinFspDirectoryEntry[]> result =
                    await volume.Operations.ReadDirectory(handle, pattern).ConfigureAwait(false);
                if (!result.Status.IsSuccess())
                {
                    return new Answer(result.Status);
                }

                listing = new DirectorySnapshot(result.Value!);
                handle.Listing = listing;
            }

            return new Answer(NtStatus.Success, (uint)listing.Write(marker, buffer.GetSpan()));
        }
        catch (Exception exception)
        {
            return new Answer(volume.Failed(exception, nameof(IWinFspOperations.ReadDirectory)));
        }
        finally
        {
            Release(buffer);
        }
    }

    private static void Release(MemoryManager<byte> buffer) => ((IDisposable)buffer).Dispose();
}
