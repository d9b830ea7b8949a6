using System.Diagnostics.CodeAnalysis;

namespace BackupFs.FileSystem;

/// <summary>
/// Bounds how many files are being stored after their close has returned: without a bound, a program that makes files faster
/// than the storage takes them would fill the memory. Thread-safe.
/// </summary>
/// <param name="most">How many, 1 or more.</param>
[SuppressMessage("Reliability", "CA1001", Justification = "A semaphore without a wait handle holds nothing.")]
internal sealed class DeferredCloses(int most)
{
    private readonly SemaphoreSlim _free = new(most, most);

    /// <summary>Returns when fewer files are being stored than may be: a close that waits for this holds its program back.</summary>
    public async Task WhenThereIsRoomAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        _free.Release();
    }

    /// <summary>Stores a file when it is its turn.</summary>
    public async Task RunAsync(Func<Task> store)
    {
        await _free.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await store().ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
    }
}
