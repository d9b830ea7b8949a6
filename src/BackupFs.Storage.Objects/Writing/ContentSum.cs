using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace BackupFs.Storage.Objects;

/// <summary>
/// Sums a file in the order of its bytes while its parts are uploaded in any order. What was summed must not change: whoever
/// changes it calls <see cref="Touch"/>, and the sum is void. Guarded by the lock of its <see cref="FileContent"/>, but for
/// <see cref="SumLink"/>, which waits for its turn outside.
/// </summary>
/// <param name="sizeHint">The final size if it is known, -1 if not.</param>
[SuppressMessage("Reliability", "CA1001", Justification = "The sum is freed by FinishAsync or Abandon, when no link uses it.")]
internal sealed class ContentSum(long sizeHint)
{
    private readonly FileChecksummer _summer = new(sizeHint);
    private Task _last = Task.CompletedTask;
    private volatile bool _isVoid;

    /// <summary>Bytes that are summed, or will be by links given out.</summary>
    internal long Assigned { get; private set; }

    /// <summary>Whether it cannot become right any more.</summary>
    internal bool IsVoid => _isVoid;

    /// <summary>Whoever sends the bytes from <paramref name="start"/> to <paramref name="end"/> is to sum those that are new; null for none.</summary>
    internal SumLink? Assign(long start, long end)
    {
        if (_isVoid || end <= Assigned)
        {
            return null;
        }

        if (start > Assigned)
        {
            // Bytes between are copied inside the store and were never here.
            _isVoid = true;
            return null;
        }

        var link = new SumLink(this, Assigned - start, _last);
        Assigned = end;
        _last = link.Done;
        return link;
    }

    /// <summary>Bytes from here on change.</summary>
    internal void Touch(long offset)
    {
        if (offset < Assigned)
        {
            _isVoid = true;
        }
    }

    /// <summary>Nothing will come of it: its memory is freed when the last link is done.</summary>
    internal void Abandon()
    {
        _isVoid = true;
        _last.ContinueWith(_ => _summer.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>The checksums of everything assigned, when the links are done; null if it is void. Called once.</summary>
    internal async Task<FileChecksums?> FinishAsync()
    {
        await _last.ConfigureAwait(false);
        var sums = _isVoid ? null : _summer.Finish();
        _summer.Dispose();
        return sums;
    }

    internal void Append(ReadOnlySequence<byte> bytes)
    {
        foreach (var memory in bytes)
        {
            if (_isVoid)
            {
                return;
            }

            _summer.Append(memory.Span);
        }
    }

    internal void MakeVoid() => _isVoid = true;
}

/// <summary>The turn of one part in a <see cref="ContentSum"/>. Ends with <see cref="EnsureDone"/>, always.</summary>
internal sealed class SumLink(ContentSum sum, long skipped, Task previous)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isStarted;

    /// <summary>When the turn is over.</summary>
    internal Task Done => _done.Task;

    /// <summary>When the turn begins.</summary>
    internal Task Previous => previous;

    /// <summary>Sums the part's bytes when it is its turn, on the thread pool.</summary>
    internal async Task RunAsync(ReadOnlySequence<byte> body)
    {
        // Not on the thread of the part before, which goes on with its own affairs.
        _isStarted = true;
        await previous.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            sum.Append(body.Slice(skipped));
        }
        finally
        {
            _done.TrySetResult();
        }
    }

    /// <summary>Whoever has the turn is done. If the part's bytes could not be had, there will be no sum.</summary>
    internal void EnsureDone()
    {
        if (!_isStarted)
        {
            sum.MakeVoid();
            _done.TrySetResult();
        }
    }
}
